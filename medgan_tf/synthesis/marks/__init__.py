"""Marks that say of a file that its image is synthetic, for programs and for people."""
