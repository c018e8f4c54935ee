"""How good are the images? FID and its companions."""
