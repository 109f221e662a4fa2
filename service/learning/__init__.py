"""What people said of events, put to use: data sets, models, weights, nuisance maps."""
