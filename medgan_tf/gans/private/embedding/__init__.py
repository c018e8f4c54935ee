"""A generator that matches one noisy mean of features of the real images (Harder, Adamczewski and Park 2021).

All real images are used once: their features are added up by label combination, and noise is added to the sums. The
generator then learns to make images whose mean features are those. It never sees a real image, and there is no
discriminator in its training.
"""
