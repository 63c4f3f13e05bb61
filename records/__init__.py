"""What came in: typed tables, readers, the record store, simulated markets."""
