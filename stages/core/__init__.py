"""What every stage uses: parameters, files, the command line, guards, random numbers."""
