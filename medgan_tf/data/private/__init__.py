"""What a private training takes from the data beside the images in its steps: charged, public, or refused."""
