"""Figures: arrays in, matplotlib Figure out; stages save them."""
