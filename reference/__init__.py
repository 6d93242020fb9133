"""Other people's experiments, done again by this project's code: one folder each."""
