"""From a folder of unknown images to an experiment file: what is there, what it may mean, what a machine can do with it."""
