"""How one expert marked over a market: a snapshot."""
