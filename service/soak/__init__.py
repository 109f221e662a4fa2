"""A soak: live watching for hours under faults that come by chance, and what came of it."""
