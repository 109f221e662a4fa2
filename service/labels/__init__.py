"""Verdicts become labels; people mark what is in the pictures; what is permitted is handed over."""
