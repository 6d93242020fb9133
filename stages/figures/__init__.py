"""Figures: one look, and grids of images pixel for pixel, which the report lays out."""
