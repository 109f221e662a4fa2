"""The page a scan writes: what was found, in pictures and words, opened from the disk."""
