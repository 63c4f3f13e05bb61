"""Family R: registration and ownership webs."""
