"""Measures a network on labelled pictures: precision, recall, what it misses and invents."""
