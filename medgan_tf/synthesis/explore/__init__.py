"""Pictures that show what a generator has learned: combinations, sweeps of labels, ways between images, truncation."""
