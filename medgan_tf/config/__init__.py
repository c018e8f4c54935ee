"""One YAML file to a checked `Experiment`, and back. The options of each part stand beside the part."""
