"""What the intervals, tests and verdicts of this package do where the truth is known: simulated data, counted results.

One file is one statistic. `registry.py` lists them, docs/statistics.md shows what they found.
"""
