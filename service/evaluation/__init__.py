"""How well events match annotated clips: scoring by event, intervals, and the table in docs/."""
