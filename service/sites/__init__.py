"""Places and the cameras that watch them: the register, and zones in versions."""
