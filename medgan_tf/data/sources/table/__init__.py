"""Any CSV file with a path, a patient and labels."""
