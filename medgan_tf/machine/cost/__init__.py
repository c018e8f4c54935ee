"""What each stage costs in time and memory by the size of a dataset, measured with inputs made for it."""
