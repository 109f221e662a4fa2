"""Actors: tracks of people, two-wheelers and vehicles, and the person height model."""
