"""Fuzzers: damaged and hostile files and requests, made from valid ones, and what the program does with them.

They are for developers, so they are no part of the installed package. `tests/fuzzing/run.py` runs them for as long as
one likes. The ordinary tests run each of them for a moment, and use every input that once did harm again.
"""
