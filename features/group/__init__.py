"""Groups of bidders: communities of the affinity graph, one row per group; snapshots of a whole market."""
