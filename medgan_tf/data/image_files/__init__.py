"""What image files claim, read from their headers before a decoder allocates it."""
