"""What training minimises, and the training itself."""
