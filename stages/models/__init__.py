"""Autoencoders: their parameters, layers, architectures, storage, use and optimisation."""
