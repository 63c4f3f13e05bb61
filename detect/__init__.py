"""What to look at, and why: rules, exclusions, fusion."""
