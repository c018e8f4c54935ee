"""A check of a machine that nobody could test on: parts in processes of their own, one file, one table."""
