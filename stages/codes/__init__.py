"""How good codes are: separation of the classes, reconstruction, use of the units."""
