"""Draws chests and heads as raw files of CheXpert and RSNA, and writes a real CT as slices."""
