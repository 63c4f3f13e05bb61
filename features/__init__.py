"""What the records show: pure functions of records, one row per grain."""
