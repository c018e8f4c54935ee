"""The training step beside that of another checkout and of PyTorch, in processes that take turns."""
