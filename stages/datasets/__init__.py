"""Data sets: where their bytes come from, how they are read, how they are divided."""
