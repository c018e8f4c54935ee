"""The look of output: durations, text tables, progress, HTML blocks, figure style. Needs no click and no TensorFlow."""
