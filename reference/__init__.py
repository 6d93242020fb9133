"""Other people's experiments, done again by this project's code: one folder each."""

# First, before any numeric library is loaded: it fixes what decides the bits of a result.
import stages  # noqa: F401
