"""Sampling from the models, and how similar the samples are to real images."""
