"""From reviewed events to data sets to a better model."""
