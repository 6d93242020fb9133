"""Files that are whole or absent: errors, atomic writing, arrays and tables."""
