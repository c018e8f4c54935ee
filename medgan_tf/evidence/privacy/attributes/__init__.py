"""What the labels of a release give away, and what can be inferred of a patient's attributes."""
