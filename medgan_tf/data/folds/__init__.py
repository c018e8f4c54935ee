"""Which image belongs to which fold: splits by patient, strata and subsets."""
