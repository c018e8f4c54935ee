"""Further arms of the utility table: what they are trained from, their differences, words, figures and tables."""
