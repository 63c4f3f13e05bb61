"""Family O: outcomes over time."""
