"""Are released images copies of training images, or do they point to one patient?"""
