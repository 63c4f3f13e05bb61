"""What one buyer, or an agency that acts for buyers, did over a market: a snapshot."""
