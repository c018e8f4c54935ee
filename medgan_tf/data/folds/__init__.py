"""The fold of each image: splits by patient, strata and subsets."""
