"""One reader per data source; every module here registers itself with `records.source`."""
