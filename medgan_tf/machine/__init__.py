"""The abilities of this machine and the cost of a run: doctor, plan and benchmarks."""
