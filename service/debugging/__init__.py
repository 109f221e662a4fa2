"""Films of what the engine sees, for those who look for a fault."""
