"""Family Q: prices."""
