"""The search for identifiers: what to look for, and where texts can be."""
