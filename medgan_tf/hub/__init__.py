"""Libraries of releases: a folder or a static web directory with an index and one archive for each release."""
