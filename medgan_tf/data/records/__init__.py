"""TFRecords: encoding, writing, reading and the manifest of a dataset folder."""
