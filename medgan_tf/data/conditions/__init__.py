"""Covariates that a GAN is conditioned on, as columns beside the findings."""
