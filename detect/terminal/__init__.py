"""How reports and explanations read in a terminal."""
