"""Scanned footage and the suspected events found in it."""
