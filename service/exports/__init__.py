"""The book of exports at the desk: asked for, agreed to, fetched; packages are made in evidence."""
