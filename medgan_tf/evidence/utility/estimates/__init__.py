"""AUCs of classifiers over seeds, and differences of them, with their error over seeds and patients."""
