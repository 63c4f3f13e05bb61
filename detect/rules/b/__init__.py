"""Family B: buyer and agency."""
