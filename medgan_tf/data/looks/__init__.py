"""What is found out about every image beside its pixels, while it is read."""
