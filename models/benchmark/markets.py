"""Which labelled markets a folder holds: by what the files are, never by their names."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from models.benchmark.frames import Labelled, labelled
from records.source import BadInput
from records.store import Store


def find(folder: Path) -> list[Labelled]:
    """Every labelled market in a folder and its subfolders, in the order of their names.

    A market is a workspace with decisions, or a file that the reader `garcia2022` takes; its name is that
    of the workspace, or the file's without what all files share.

    Raises:
        BadInput: no such folder, or no labelled market in it.

    """
    if not folder.is_dir():
        raise BadInput(
            "There is no such folder", str(folder), "Name a folder of labelled markets: --data DIR."
        )
    found = {place: made for place in _places(folder) if (made := _read(place)) is not None}
    if not found:
        raise BadInput(
            "There is no labelled market",
            str(folder),
            "Put workspaces with decisions or files for --source garcia2022 there.",
        )
    short = _names([p.stem if p.is_file() else p.name for p in found])
    return [replace(made, name=name) for name, made in zip(short, found.values(), strict=True)]


def chosen(markets: Sequence[Labelled], names: Sequence[str], folder: Path) -> list[Labelled]:
    """The markets whose names hold one of the parts asked for; all where nothing is asked.

    Raises:
        BadInput: a part fits no market.

    """
    for asked in names:
        if not any(asked.lower() in made.name.lower() for made in markets):
            known = ", ".join(made.name for made in markets)
            raise BadInput(f"No market is called {asked!r}", str(folder), f"There are: {known}.")
    return [m for m in markets if not names or any(a.lower() in m.name.lower() for a in names)]


def _places(folder: Path) -> Iterator[Path]:
    if (folder / "records" / "head.json").is_file():
        yield folder
        return
    for place in sorted(folder.iterdir()):
        if place.is_dir():
            yield from _places(place)
        elif place.suffix.lower() == ".csv":
            yield place


def _names(stems: list[str]) -> list[str]:
    """File stems without the parts that all of them share.

    >>> _names(["DB_Brazil_done", "DB_Italy_done"]), _names(["one"])
    (['Brazil', 'Italy'], ['one'])
    """
    parts = [stem.split("_") for stem in stems]
    shared = set.intersection(*map(set, parts)) if len(parts) > 1 else set()
    short = ["_".join(p for p in stem if p not in shared) for stem in parts]
    return short if all(short) and len(set(short)) == len(short) else stems


def _read(place: Path) -> Labelled | None:
    if place.is_dir():
        return labelled(place.name, Store(place).market())
    with tempfile.TemporaryDirectory() as scratch:
        store = Store.open_or_create(Path(scratch) / "market")
        try:
            store.import_("garcia2022", place)
        except BadInput:
            return None
        return labelled(place.stem, store.market())
