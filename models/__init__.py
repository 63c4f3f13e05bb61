"""What is unusual, or resembles what was proven."""
