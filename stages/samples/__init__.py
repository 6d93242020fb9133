"""Samples of the models, and how near they are to real images."""
