"""What a released folder holds: images, generator, evidence, software."""
