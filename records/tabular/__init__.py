"""What the reader of tables is made of: files of any encoding, the mapping, its draft, units of money."""
