"""Feature families of the bid grain."""
