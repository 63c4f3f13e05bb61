"""Where intermediate frames stay: in memory, or for a large market in temporary files."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from records.tables import Market

LARGE = 200_000
"""From so many bids, frames go to disk: they are read again column by column, so that memory holds no more
than the step at work. Half a million bids took half the memory that way and no more time, fifty thousand the
same of both."""


_FOLDERS: list[TemporaryDirectory[str]] = []
_place: Path | None = None


class Keeper:
    """Computes a frame once and gives back a plan that reads the result.

    With a folder the result is a file in it. Plans outlive the build that made them, so the files stay
    until the process ends; they go where the system keeps temporary files (`TMPDIR`). See `within` for
    another place and a shorter stay.
    """

    def __init__(self, folder: TemporaryDirectory[str] | None = None) -> None:
        self._folder, self._numbers = folder, count()

    @property
    def on_disk(self) -> bool:
        """Whether keeping a frame costs no memory."""
        return self._folder is not None

    def __call__(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The same rows, computed."""
        if self._folder is None:
            return frame.collect().lazy()
        path = Path(self._folder.name) / f"{next(self._numbers)}.parquet"
        frame.sink_parquet(path, compression="lz4", statistics=False)
        return pl.scan_parquet(path)


def keeper(market: Market) -> Keeper:
    """A keeper that suits the size of a market.

    >>> from records.tables import market_of
    >>> keeper(market_of()).on_disk
    False
    """
    if market.bids.select(pl.len()).collect().item() < LARGE:
        return Keeper()
    _FOLDERS.append(TemporaryDirectory(prefix="bidlens-", dir=_place))
    return Keeper(_FOLDERS[-1])


@contextmanager
def within(folder: Path) -> Iterator[None]:
    """Keep frames in files below a folder meanwhile; they are removed afterwards.

    A process that is killed leaves them there, where whoever owns the folder finds them.
    """
    global _place
    before, n = _place, len(_FOLDERS)
    _place = folder
    try:
        yield
    finally:
        _place = before
        for made in _FOLDERS[n:]:
            made.cleanup()
        del _FOLDERS[n:]
