"""The experiments of the paper: Table S1 as data, and the experiment files written from it."""
