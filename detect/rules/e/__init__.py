"""Family E: electronic traces."""
