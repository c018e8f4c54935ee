"""The guarantee of a private training beside the audit: what it promises, and whether the audit contradicts it."""
