"""Feature families of the pair grain."""
