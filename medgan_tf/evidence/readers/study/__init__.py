"""The reader study itself: choice of images, page, key and server."""
