"""Builds the training data set: labels, waste-free scenes, composites and the look of a camera."""
