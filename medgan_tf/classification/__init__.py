"""The classifier that judges the images: DenseNet-121, what it trains on, its predictions and scores."""
