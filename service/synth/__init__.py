"""Scenarios with ground truth by construction: what happens, filmed as a street camera would.

A scenario says what happens (a file of TOML); the same scenario gives the same film, to the byte,
on the same machine. Every act comes with negative twins that share everything but the act. What an
engine makes of these films gates regressions; it is no evidence of how it does in the field.
"""
