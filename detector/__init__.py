"""What a deposit event is and how it is found: numpy and OpenCV values in, values out."""
