"""What every stage is built of: parameters, files, the command line, guards, random numbers."""
