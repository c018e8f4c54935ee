"""cpD-GAN, the paper's own model."""
