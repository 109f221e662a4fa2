"""Who looked, who changed, who was refused: one hash-chained log."""
