"""Removing a personal value from the tables, their old versions and the logs of both.

Data files are rewritten in place, each in one step: our readers name files and ask no log for their sizes,
so that an erasure that is interrupted leaves a store that can be read; the same again completes it.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from records.kinds import KINDS
from records.privacy import pseudonymise
from records.source import BadInput

HASH = "value_hash"
NOTHING = "•••"


@dataclass(frozen=True)
class Erased:
    """Rows removed from files by table and kind (old files hold some rows again), and files rewritten."""

    rows: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    files: int = 0
    mark: str = field(default="", repr=False)


def hash_of(kind: str, value: str, key: bytes) -> str:
    """The keyed hash by which a personal value is found; kinds of one family share it.

    Raises:
        BadInput: the kind is unknown or not personal, or the value only fills a place.

    """
    personal = [k.name for k in KINDS.values() if k.personal]
    if kind not in personal:
        raise BadInput(
            f"{kind!r} is no personal kind of identifier", "bidlens erase", f"Choose one of {personal}."
        )
    found = pseudonymise(pl.DataFrame({"kind": [kind], "value": [value]}), key)[HASH].item()
    if found is None:
        raise BadInput(
            "The value only fills a place, so no record holds it", "bidlens erase", "Give another."
        )
    return str(found)


def erase(folder: Path, mark: str) -> Erased:
    """Remove every row with this hash from every table below a folder, in all versions."""
    rows: dict[str, Counter[str]] = {}
    rewritten = 0
    for table in sorted(p.parent for p in folder.glob("*/_delta_log")):
        files = [f for f in sorted(table.rglob("*.parquet")) if "_delta_log" not in f.parts]
        marked = [f for f in files if HASH in pl.read_parquet_schema(f)]
        for file in marked:
            if gone := _without(file, mark):
                rows.setdefault(table.name, Counter()).update(gone)
                rewritten += 1
        if marked:
            _clean_log(table)
    return Erased({name: dict(counts) for name, counts in rows.items()}, rewritten, mark)


def masked_in(file: Path, mark: str, rows_together: int | None = None) -> int:
    """Blank hash and display of the value in a file whose rows stay, and tell in how many rows.

    `rows_together` is the size of the file's row groups, where readers count on one.
    """
    hit, frame = _hit(mark), pl.scan_parquet(file, glob=False)
    n = int(frame.filter(hit).select(pl.len()).collect().item())
    if n:
        blank = [pl.when(~hit).then(HASH).alias(HASH)]
        if "display" in frame.collect_schema():
            blank.append(pl.when(hit).then(pl.lit(NOTHING)).otherwise("display").alias("display"))
        _replace(file, frame.with_columns(blank), rows_together)
    return n


def _without(file: Path, mark: str) -> Counter[str]:
    frame = pl.scan_parquet(file, glob=False)
    gone = frame.filter(_hit(mark)).collect()
    if gone.height:
        _replace(file, frame.filter(~_hit(mark)))
    return Counter(gone["kind"].to_list() if "kind" in gone.columns else {"": gone.height})


def _hit(mark: str) -> pl.Expr:
    return pl.col(HASH).eq_missing(pl.lit(mark))


def _replace(file: Path, frame: pl.LazyFrame, rows_together: int | None = None) -> None:
    draft = file.with_suffix(".draft")
    frame.sink_parquet(draft, row_group_size=rows_together)
    with draft.open("rb+") as written:
        os.fsync(written.fileno())
    draft.replace(file)


def _clean_log(table: Path) -> None:
    """Leave no trace of values in a table's log, and let it know the files as they are now.

    The log keeps the least and greatest value of every column of every file. Checkpoints repeat the log,
    which is never shortened here, and are left out.
    """
    log = table / "_delta_log"
    for file in sorted(log.glob("*.json")):
        lines = [msgspec.json.encode(_plain(a, table)) for a in _actions(file)]
        draft = file.with_suffix(".draft")
        draft.write_bytes(b"\n".join(lines) + b"\n")
        draft.replace(file)
    versions = sorted(int(f.stem) for f in log.glob("*.json"))
    if versions == list(range(len(versions))):
        for file in [*log.glob("*.checkpoint*"), *log.glob("_last_checkpoint")]:
            file.unlink()


def _actions(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_bytes().splitlines():
        if line.strip():
            yield msgspec.json.decode(line)


def _plain(action: dict[str, Any], table: Path) -> dict[str, Any]:
    """An action of the log without statistics of values."""
    for told in (action[name] for name in ("add", "remove") if action.get(name)):
        told.pop("stats", None)
        told.pop("stats_parsed", None)
        path = table / str(told["path"])
        if path.exists():
            told["size"] = path.stat().st_size
            if "add" in action:
                told["stats"] = msgspec.json.encode({"numRecords": _height(path)}).decode()
    return action


def _height(file: Path) -> int:
    return int(pl.scan_parquet(file, glob=False).select(pl.len()).collect().item())
