"""What a differentially private training costs: epsilon and delta. Loads no TensorFlow."""
