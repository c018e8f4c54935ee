"""prog-GAN: progressive growing with an auxiliary classifier."""
