"""Commands about people's work, one file for each kind."""
