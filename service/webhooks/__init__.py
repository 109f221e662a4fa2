"""Telling other systems of events: addresses, an outbox that survives everything, a courier."""
