"""The commands, one file for each kind of work; `bidlens.py` gathers them."""
