"""ChestX-ray14 of the NIH."""
