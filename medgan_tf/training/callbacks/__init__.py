"""The callbacks of a training: status, samples, checkpoints, FID, watchdog. Each does one thing."""
