"""Family P: people."""
