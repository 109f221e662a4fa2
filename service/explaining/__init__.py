"""Why the machine said what it said: the record computed again, the footage watched again."""
