"""Acts on the audit before there is one: images that its searches would suspect do not come into the release."""
