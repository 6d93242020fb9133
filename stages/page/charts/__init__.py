"""Figures that compare variants: tables -> matplotlib Figure, nothing else."""
