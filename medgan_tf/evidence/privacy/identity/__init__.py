"""Does a released image show a particular patient? Asked of a network that was trained to recognise patients."""
