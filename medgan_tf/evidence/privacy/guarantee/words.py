"""Words that the report and the annex share about a guarantee."""

COVERS_NOT = "What this promise does not cover"
PUBLIC = "What was declared public, and is not covered"
LIMITS = "Limits"
BOUNDS = "At most so many of those who were trained on can be found, by any attack"
GATE = (
    "The guarantee loosens no limit of the audit: `medgan-tf privacy --gate` judges a private training like any other. "
    "Only with an epsilon below about 2.3, and labels drawn from noisy counts, one question is not asked: how many "
    "patients have a combination."
)
QUESTION = "What is guaranteed?"
