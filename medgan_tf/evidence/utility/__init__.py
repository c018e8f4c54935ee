"""What is the data worth? AUC of classifiers trained on real and on synthetic images."""
