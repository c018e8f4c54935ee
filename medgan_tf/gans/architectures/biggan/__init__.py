"""BigGAN as the paper tried and discarded it."""
