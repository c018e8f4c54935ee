"""Numbers behind the privacy audit: membership, authenticity, copying. No image and no file is read here."""
