"""Bookkeeping of a private training: what is charged, the secret of its noise, and when the budget is used up."""
