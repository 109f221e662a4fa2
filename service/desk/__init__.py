"""What every page and call of the desk stands on: who asks, languages, errors, headers."""
