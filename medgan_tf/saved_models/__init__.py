"""The one door for models that others made: SavedModels, frozen graphs, .keras archives and files of weights."""
