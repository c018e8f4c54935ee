"""What a table may mean: which columns lead to the images, their patients and their labels."""
