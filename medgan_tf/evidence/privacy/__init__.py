"""What does the data give away? Copies, attacks on membership, and limits."""
