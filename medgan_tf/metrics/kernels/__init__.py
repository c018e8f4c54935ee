"""Maximum mean discrepancy: kernels and their sums, value and interval, test, and nearness to the training images."""
