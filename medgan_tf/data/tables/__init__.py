"""Tables of images, patients and raw labels, and what label policies make of them."""
