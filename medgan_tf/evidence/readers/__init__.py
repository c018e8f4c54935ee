"""Can radiologists tell real from synthetic images? The statistics of a reader study."""
