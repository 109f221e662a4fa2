"""People judge suspected events: screened by one, confirmed by another, never by the machine."""
