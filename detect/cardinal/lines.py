"""A file in parts that can be read apart, and a part in blocks of whole lines."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

BLOCK = 4 << 20
STANDARD_INPUT = Path("-")

Part = tuple[int, int | None]


def parts(path: Path, workers: int, *, least: int = 16 * BLOCK) -> list[Part]:
    """Start and end of parts of a file, in bytes: a few per worker, and one for a small file or none."""
    size = 0 if path == STANDARD_INPUT else path.stat().st_size
    if workers == 1 or size < 2 * least:
        return [(0, None)]
    step = max(least, -(-size // (8 * workers)))
    return [(start, min(start + step, size)) for start in range(0, size, step)]


def blocks(path: Path, part: Part, size: int = BLOCK) -> Iterator[list[bytes]]:
    """The lines that begin in a part, without their ends, a block at a time."""
    if path == STANDARD_INPUT:
        yield from _blocks(sys.stdin.buffer, None, size)
        return
    start, end = part
    with path.open("rb", buffering=0) as file:
        if start:
            file.seek(start - 1)
            start += len(_to_line_end(file)) - 1
            file.seek(start)
        yield from _blocks(file, None if end is None else end - start, size)


def _blocks(file: BinaryIO, remaining: int | None, size: int) -> Iterator[list[bytes]]:
    rest = b""
    while remaining is None or remaining > 0:
        read = file.read(size if remaining is None else min(size, remaining))
        if not read:
            break
        remaining = None if remaining is None else remaining - len(read)
        lines = read.split(b"\n")
        lines[0] = rest + lines[0]
        rest = lines.pop()
        yield lines
    if remaining is not None and rest:
        rest += _to_line_end(file).removesuffix(b"\n")
    if rest:
        yield [rest]


def _to_line_end(file: BinaryIO) -> bytes:
    """What is read up to the end of the line, and no more than that."""
    found = b""
    while read := file.read(1 << 16):
        line, end, _ = read.partition(b"\n")
        found += line + end
        if end:
            break
    return found
