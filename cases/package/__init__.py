"""The evidence package: one signed zip per case, which anybody can check without this program's help."""
