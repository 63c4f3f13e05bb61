"""Where intermediate frames stay: in memory, or for a large market in temporary files."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from records.segments import write_by
from records.tables import Market

LARGE = 200_000
"""From so many bids, frames go to disk: they are read again column by column, so that memory holds no more
than the step at work. Half a million bids took half the memory that way and no more time, fifty thousand the
same of both."""

_PORTION = "_portion"

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


def dealt(rows: pl.LazyFrame, by: str, at_once: int) -> Iterator[pl.LazyFrame]:
    """Rows in portions of about `at_once`, those of one value of an integer column together.

    Many are dealt to files in one pass, each of which is there until the next is asked for.
    """
    n = 1 + rows.select(pl.len()).collect(engine="streaming").item() // at_once
    if n == 1:
        yield rows
        return
    with TemporaryDirectory(prefix="bidlens-", dir=_place) as folder:
        write_by(_PORTION, rows.with_columns((pl.col(by) % n).alias(_PORTION)), Path(folder))
        for file in Path(folder).iterdir():
            yield pl.scan_parquet(file)
            file.unlink()


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
