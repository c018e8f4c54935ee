"""Can somebody find out who was in the training set?"""
