"""Actors: people, two-wheelers and vehicles followed through time, and how tall a person is."""
