"""Head CT of the RSNA Intracranial Hemorrhage Detection challenge."""
