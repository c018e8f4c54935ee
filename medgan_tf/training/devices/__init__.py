"""Devices, workers, number formats and memory of a training."""
