"""The smallest sensible networks of each architecture, and the numbers that a change of them would change.

An architecture that is registered without an entry here fails `test_every_architecture.py`.
"""

SMALL = {
    "cpd": {"latent_size": 4, "max_channels": 4},
    "progressive": {
        "latent_size": 4,
        "max_channels": 4,
        "growth": {"start_resolution": 8, "images_per_phase": 32, "batch": [8], "learning_rate": [0.004]},
    },
    "biggan": {"latent_size": 6, "max_channels": 8},
    "dcgan": {"latent_size": 4, "max_channels": 4},
}
"""Options of `build_gan`."""

PARAMETERS = {
    "cpd": {
        (32, 14): (25_147_396, 21_512_718),
        (64, 14): (30_946_821, 26_494_478),
        (128, 14): (33_256_710, 28_395_278),
        (128, 6): (33_101_062, 28_391_174),
        (256, 14): (33_969_287, 28_870_542),
    },
    "progressive": {
        (32, 14): (20_830_212, 20_729_871),
        (64, 14): (22_600_453, 22_500_623),
        (128, 14): (23_043_206, 22_943_631),
        (128, 6): (22_977_670, 22_939_527),
        (256, 14): (23_153_991, 23_054_543),
    },
    "biggan": {
        (32, 14): (796_162, 512_002),
        (64, 14): (2_036_610, 1_757_954),
        (128, 14): (3_284_994, 3_003_906),
        (128, 6): (3_228_162, 3_001_858),
        (256, 14): (4_537_346, 4_249_858),
    },
    "dcgan": {(32, 14): (159_025, 18_119), (128, 14): (1_167_857, 205_191)},
}
"""Trainable parameters of generator and discriminator at the paper's widths, by resolution and labels."""

PROOF = {
    "cpd": "architectures/cpd/test_networks.py",
    "progressive": "architectures/progressive/test_networks.py",
    "biggan": "architectures/biggan/test_networks.py",
    "dcgan": "architectures/dcgan/test_networks.py",
}
"""The test module that holds the networks' outputs against something else than themselves."""
