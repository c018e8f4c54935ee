"""Several generators of one experiment against each other: gaps of pairs on the same test patients."""
