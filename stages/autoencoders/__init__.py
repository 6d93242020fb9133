"""Autoencoders: architectures, objectives, training, storing and loading."""
