"""Where the numbers of a training go besides its own files: TensorBoard, and MLflow where it was asked for."""
