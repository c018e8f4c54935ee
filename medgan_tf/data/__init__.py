"""Raw files to a prepared dataset: sources, labels, folds and records. Patients never cross folds."""
