"""Every stage of an experiment for any number of seeds, doing only what is out of date."""
