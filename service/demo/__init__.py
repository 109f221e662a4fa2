"""The demonstration footage: a street that never was, with ground truth by construction.

Real pixels of people, walked over a drawn street, filmed as a camera would: moving light, sensor
noise, H.264. Made on the user's machine at run time, never shipped.
"""
