"""What needs somebody today, figures, the map of the province, the wall of cameras."""
