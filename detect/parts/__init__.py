"""A full run in parts: the same alerts from pieces that fit in memory, on one machine or on several."""
