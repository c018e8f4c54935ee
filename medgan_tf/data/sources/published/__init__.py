"""TFRecords of the paper's published code."""
