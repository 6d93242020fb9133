"""Autoencoders: their parameters, architectures, storage, use and optimisation."""
