"""Arms of the utility table: fine-tuning, rare combinations topped up, and other numbers of synthetic images."""
