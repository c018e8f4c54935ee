"""Networks that can be classifiers besides DenseNet-121, and logistic regression on features."""
