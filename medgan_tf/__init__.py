"""medgan-tf: synthetic medical images, and evidence of what they are worth and what they give away."""

__version__ = "0.1.0"
