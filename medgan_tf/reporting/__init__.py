"""Result files to a page with figures and tables."""
