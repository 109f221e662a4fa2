"""What is new in the picture: its health, a clean reference, static change, light and shadow."""
