"""Family M: money."""
