"""Family X: the committee and its marks."""
