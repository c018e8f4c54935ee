"""Many experiments, GANs and seeds as one graph of jobs."""
