"""OCDS: Open Contracting Data Standard 1.1 as JSON or JSON lines, either gzipped.

Read are releases, compiled releases, release packages, records and record packages, as one document
or one per line. A record gives its compiled release; without one, its releases are merged: later
values replace earlier ones, lists join by `id`. Releases of one procedure are merged within a
document, or within a chunk of lines; over chunks the store's merge by key decides. A line of broken
JSON, or a value of a wrong type, goes to `unreadable` and the rest is read.

Mapped, and what is assumed:

- `tenders`: one row per lot, otherwise per release. `tender_id` is `ocid/lot` or `ocid`. A lot takes
  from its tender what it does not say itself, except money when there are several lots. `value` is
  the estimate; `maximumValue` the ceiling. `priceOnly` and `lowestCost` mean the mechanism `lowest`,
  `ratedCriteria` means `scored`, all else leaves it unknown. The category is the main procurement
  category, else the division of the first item's CPV or UNSPSC code. The buyer is `buyer`, or the
  procuring entity where there is none; with both, the procuring entity is the agency. The region is
  that of the buyer's address. `closed_at` is the date of the first active award.
- Times without a zone are taken as UTC; dates without a clock begin that day, a deadline ends it.
- `bids`: `bid_id` is `ocid#id`. A bid for several lots becomes a row on each, without an amount:
  shares are not stated. A bid that names no lot stands on the only lot; with several it is
  unreadable. Statuses other than valid, disqualified, withdrawn and pending become null.
- `won`: the bid is named by an active award of its lot or, where the award names no bid, a member of
  it is a supplier of that award and the bid was not disqualified or withdrawn. False only where
  another bid of the lot won; null where nobody is known to have won, cancelled and unsuccessful
  tenders included.
- `consortium_members`: all tenderers of a joint bid, the first is the lead.
- `awards`: a row per lot and supplier; the amount only where there is one row. Awards that name no
  supplier are unreadable.
- `amendments`: those of the tender, on each of its lots; what they touch is not stated.
- `contracts`: by `awardID`, a row per lot and supplier of the award; the amount only where there is one
  row. A contract that names no award stands on the only lot; with several it is unreadable.
- `payments`: the contracts' transactions that name payer and payee.
- `bidders`: tenderers and suppliers, keyed by `scheme-id` of the party's identifier, else by its id
  (which may be local to a publisher); particulars are those of the latest release of the chunk.
- `identifiers`: telephone, e-mail (all contact points) and street address with locality of everyone
  who bids or is awarded, for that tender, observed at the date of the release. A street that is a
  placeholder is no address.

Not mapped: items as bill items, documents, amendments of contracts (they state no new amount), planning,
enquiries, award periods (they are plans), complaints, subcontracting, `details` of parties.
"""

import gc
import gzip
import json
import zlib
from codecs import BOM_UTF8
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO, NamedTuple

import msgspec
import polars as pl

from records.ocds.release import Document, Release
from records.ocds.repair import merge, salvage
from records.ocds.tables import tables_of
from records.source import UNREADABLE, BadInput, Raw, source

_LINE = msgspec.json.Decoder(Document)
_WHOLE = msgspec.json.Decoder(list[Document] | Document)

MERGED = "releases merged into a later release of the same procedure"


class Problem(NamedTuple):
    """A record that is no row."""

    source_table: str
    source_record: str
    reason: str
    raw: str


Found = tuple[str, Release] | Problem


@source("ocds", en="OCDS releases and records (JSON, JSON lines, gzip)", zh="OCDS 开放合同数据")
def read(path: Path, *, jurisdiction: str | None = None, chunk: int = 20_000) -> Iterator[Raw]:
    """Read an OCDS file in chunks of releases.

    `jurisdiction` is written on every tender (e.g. `DO`); without it, the country of the buyer's
    address, where stated.

    Raises:
        BadInput: the file is no JSON, or holds no OCDS release.

    """
    if path.is_dir():
        raise BadInput("OCDS is read from one file", str(path), "Name a .json, .jsonl or .gz file in it.")
    any_release, problems = False, ""
    for piece in _pieces(path, chunk):
        with _collector_paused():
            raw = _raw(piece, jurisdiction)
        any_release |= raw.tables["tenders"].height > 0
        problems = problems or "; ".join(raw.unreadable["reason"].head(1))
        yield raw
    if not any_release:
        raise BadInput(
            "No OCDS release was found" + (f"; the first problem is: {problems}" if problems else ""),
            str(path),
            "A release is an object with an `ocid`; a package holds `releases` or `records`.",
        )


def _raw(found: list[Found], jurisdiction: str | None) -> Raw:
    """Tables of a chunk, releases of one procedure merged."""
    by_ocid: dict[str | None, list[tuple[str, Release]]] = defaultdict(list)
    placed = [f for f in found if not isinstance(f, Problem)]
    for place, release in placed:
        by_ocid[release.ocid].append((place, release))
    groups = by_ocid.values()
    raw = tables_of(
        [g[0][1] if len(g) == 1 else merge([r for _, r in g]) for g in groups],
        [g[-1][0] for g in groups],
        jurisdiction,
    )
    lost = pl.DataFrame([f for f in found if isinstance(f, Problem)], UNREADABLE, orient="row")
    merged = {MERGED: len(placed) - len(groups)} if len(placed) > len(groups) else {}
    return Raw(raw.tables, pl.concat([lost, raw.unreadable]), merged | raw.repairs)


def _pieces(path: Path, chunk: int) -> Iterator[list[Found]]:
    """Chunks of at least `chunk` releases from JSON lines, or one chunk from one document."""
    try:
        with _open(path) as stream:
            lines = ((n, line) for n, line in enumerate(stream, 1) if not line.isspace())
            head = list(islice(lines, 2))
            if not _by_line([line for _, line in head]):
                yield _document(path)
                return
            found = chain.from_iterable(_line(n, line) for n, line in chain(head, lines))
            while piece := _next(found, chunk):
                yield piece
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(f"The gzip file is damaged: {error}", str(path), "Fetch it again.") from error


def _next(found: Iterator[Found], chunk: int) -> list[Found]:
    with _collector_paused():
        return list(islice(found, chunk))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Releases hold no cycles, and walking them again and again doubles the time of decoding."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    return gzip.open(path) if zipped else path.open("rb")  # type: ignore[return-value]


def _by_line(head: list[bytes]) -> bool:
    """Whether a file whose first two lines are given holds one JSON value per line."""
    whole = [_is_json(line.removeprefix(BOM_UTF8)) for line in head]
    return any(whole[:1]) or (len(head) == 2 and whole[1] and not head[0].strip().endswith((b"[", b",")))


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return True


def _line(number: int, line: bytes) -> Iterator[Found]:
    """What one line holds."""
    place = f"line {number}"
    try:
        document = _LINE.decode(line.removeprefix(BOM_UTF8))
    except msgspec.DecodeError:
        yield from _salvaged(line.removeprefix(BOM_UTF8), place)
        return
    if document.ocid and document.compiled_release is None and document.releases is None:
        yield place, document
    else:
        yield from _opened(document, place)


def _document(path: Path) -> list[Found]:
    """What a file holds that is one JSON document."""
    with _open(path) as stream:
        text = stream.read().removeprefix(BOM_UTF8)
    try:
        whole = _WHOLE.decode(text)
    except msgspec.DecodeError:
        try:
            json.loads(text)
        except ValueError as error:
            raise BadInput(
                f"The file is no JSON: {error}", str(path), "Mend it there, or give one release per line."
            ) from error
        return list(_salvaged(text, "document"))
    if isinstance(whole, Document):
        return list(_opened(whole, "document"))
    return [f for i, d in enumerate(whole) for f in _opened(d, f"document[{i}]")]


def _salvaged(text: bytes, place: str) -> Iterator[Found]:
    """What is left of a value that is broken or not of the standard's types."""
    try:
        documents, lost = salvage(text)
    except ValueError as error:
        what = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        yield Problem("release", place, f"broken JSON: {what}", text[:2000].decode(errors="replace").strip())
        return
    for path, reason, value in lost:
        yield Problem("release", f"{place}, {path}", f"value left out: {reason}", value)
    for document in documents:
        yield from _opened(document, place)


def _opened(document: Document, place: str) -> Iterator[Found]:
    """The releases in a release, a record or a package."""
    compiled = document.compiled_release
    if compiled is not None:
        compiled.ocid = compiled.ocid or document.ocid
        yield place, compiled
    elif document.records is not None or document.releases is not None:
        for name in ("records", "releases"):
            for i, inner in enumerate(getattr(document, name) or ()):
                yield from _opened(inner, f"{place}, {name}[{i}]")
    elif document.ocid:
        yield place, document
    else:
        yield Problem("release", place, "has no ocid", msgspec.json.encode(document).decode()[:2000])
