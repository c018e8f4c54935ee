"""What the product's intervals, tests and verdicts do where the truth is known. One file for each statistic."""
