"""Commands around the pipeline."""
