"""What leaves the house: one folder that anyone can check."""
