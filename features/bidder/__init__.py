"""What one firm did over a whole market: a snapshot, not as of a moment."""
