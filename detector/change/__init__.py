"""Class-agnostic change: gate, picture health, clean reference, static blobs."""
