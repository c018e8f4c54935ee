"""How things are shown: durations, text tables, progress, HTML blocks, figure style. No click, no TensorFlow."""
