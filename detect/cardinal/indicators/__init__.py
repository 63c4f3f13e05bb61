"""One published indicator per file: what it reads of a process, and what it says of the whole file."""
