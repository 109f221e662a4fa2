"""Cameras: which there are, how to reach and log in to them, and what a probe says of them."""
