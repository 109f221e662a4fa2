"""Running the steps: one source at a time from files, later many cameras live."""
