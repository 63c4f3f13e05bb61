"""How well labels are found in markets, firms and times that a model has not seen."""
