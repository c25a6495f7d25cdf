"""Training: one small trainer for every method that has a recipe."""
