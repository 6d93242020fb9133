"""Classifiers with few labels: encoders in several regimes, pixels, principal components."""
