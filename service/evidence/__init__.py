"""Clips, stills and manifests on disk, and the rows that vouch for them."""
