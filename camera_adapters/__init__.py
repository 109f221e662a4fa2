"""Everything that touches a camera or a video file."""
