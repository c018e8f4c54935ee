"""Differentially private steps of the discriminator (Abadi et al. 2016; Bie, Kamath, Zhang 2023).

The generator learns from the discriminator alone, so whatever it shows is covered by the guarantee of these steps.
"""
