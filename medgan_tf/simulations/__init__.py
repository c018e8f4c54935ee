"""Simulations of every interval, test and verdict under known truth."""
