"""Copies of a whole data folder: made while everything runs, proved, restored."""
