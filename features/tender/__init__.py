"""Feature families of the tender grain."""
