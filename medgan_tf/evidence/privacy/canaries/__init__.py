"""What does the training give away about patients whose membership a coin decided?"""
