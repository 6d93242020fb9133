"""What `params.yaml` may say: one module per section, read once at a stage's edge."""
