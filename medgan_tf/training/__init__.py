"""The training of one GAN: the loop, its state, checkpoints and export."""
