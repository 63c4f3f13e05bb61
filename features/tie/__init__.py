"""Feature families of the tie grain."""
