"""What a training does once in a while: status, samples, checkpoints, FID, watchdog. One thing each."""
