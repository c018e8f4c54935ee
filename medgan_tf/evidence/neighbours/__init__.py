"""Which real images are nearest to the synthetic ones?"""
