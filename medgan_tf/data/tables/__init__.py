"""Tables of images, patients and raw labels, and label policies, which turn raw labels into 0 and 1."""
