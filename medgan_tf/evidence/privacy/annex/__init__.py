"""The annex of an audit: a page for a data-protection officer, with the hashes of what it was made from."""
