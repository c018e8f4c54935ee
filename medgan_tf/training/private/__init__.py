"""A private training: its secret key, the ledger of its draws of noise, its budget, and the record of its guarantee."""
