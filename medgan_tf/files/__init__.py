"""Files on disk: atomic writing, hashing, strict JSON results, run folders and locks. One implementation of each."""
