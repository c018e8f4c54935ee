"""MedMNIST and MedMNIST+."""
