"""Fuzzers: damaged and hostile files and requests, made from valid ones, and what the program does with them.

They are for developers, so they are not a part of the installed package. `tests/fuzzing/run.py` runs them for as long as
one likes; the ordinary tests run each of them for a moment, and give every input that once did harm to it again.
"""
