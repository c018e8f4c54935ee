"""From a folder of unknown images to an experiment file: what is there, and what it may mean."""
