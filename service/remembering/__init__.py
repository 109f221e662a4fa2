"""What watching a camera has taught, kept on the disk so that a restart begins where it stopped."""
