"""What the synthetic data is worth and what it gives away: one room for each question, all furnished alike."""
