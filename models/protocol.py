"""The frozen test of a workspace: the same held-out rows of a grain for every version of every model.

It is drawn once from the workspace's own labels and kept in `models/protocol.json`, for bids in
`models/bid.protocol.json` and so on. Tenders whose bids closed after the cut are tested on, or their bids;
what is learned from closed before it, with labels known by then, and shares no firm with what is tested.
Where that leaves too little, the demands are lowered one by one, and the protocol says which of them it
meets. Firms have no moment: companies of them are parted.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from features.catalogue import KEYS, Grain
from models.boosting import FEWEST
from models.firm_labels import labels_of
from models.labels import LABEL, UNIT, WEIGHT, labelled
from records.tables import Market

LATER = 0.3
"""Share of the collusive tenders that lie after the cut."""
ENOUGH = FEWEST // 2
"""Collusive rows, and others, that a test needs."""

RECORD = 3
"""Tenders of which a firm's habits can be told."""

DEMANDS = (
    ("no firm of the test", "labels known at the cut"),
    ("no firm of the test's collusive tenders", "labels known at the cut"),
    ("firms may recur", "labels known at the cut"),
    ("no firm of the test", "labels known today"),
    ("no firm of the test's collusive tenders", "labels known today"),
    ("firms may recur", "labels known today"),
)
"""What training may share with the test, strictest first: firms of collusive labels, moment of labels."""


@dataclass(frozen=True)
class Protocol:
    """What is held out.

    * `cut`: training stops here; None where rows have no dates and companies of firms are parted instead.
    * `firms`, `known`: the demands that are met, see `DEMANDS`.
    * `tests`: the labelled rows held out: keys of the grain, `label`, `label_weight`, `label_unit`.
    """

    cut: datetime | None
    firms: str
    known: str
    tests: pl.DataFrame

    @property
    def fingerprint(self) -> str:
        """Of the whole protocol; results of two protocols do not compare."""
        return hashlib.sha256(self.json().encode()).hexdigest()[:12]

    def json(self) -> str:
        """The protocol as text."""
        told = {"cut": self.cut and self.cut.isoformat(), "firms": self.firms, "known": self.known}
        return json.dumps({**told, "tests": self.tests.to_dicts()}, ensure_ascii=False, indent=1)

    @classmethod
    def of(cls, text: str) -> "Protocol":
        """Undo `json`."""
        told = json.loads(text)
        cut = told["cut"] and datetime.fromisoformat(told["cut"])
        keys = [name for name in told["tests"][0] if name not in _LABELS]
        return cls(cut, told["firms"], told["known"], pl.DataFrame(told["tests"], schema=_tests(keys)))

    @property
    def keys(self) -> list[str]:
        """What names a row of the test."""
        return [name for name in self.tests.columns if name not in _LABELS]

    def told(self) -> dict[str, Any]:
        """The protocol in short, for runs and tables."""
        collusive = int(self.tests[LABEL].sum())
        short = {k: v for k, v in asdict(self).items() if k != "tests"}
        return {
            "protocol": self.fingerprint,
            **{k: str(v) for k, v in short.items()},
            "test_collusive": collusive,
            "test_other": self.tests.height - collusive,
        }


_LABELS = pl.Schema({LABEL: pl.Boolean(), WEIGHT: pl.Float64(), UNIT: pl.Int64()})


def _tests(keys: Iterable[str]) -> pl.Schema:
    return pl.Schema({**dict.fromkeys(keys, pl.String()), **_LABELS})


def file_of(workspace: Path, grain: Grain) -> Path:
    """Where the protocol of a grain lies."""
    return workspace / "models" / f"{'' if grain == Grain.TENDER else f'{grain}.'}protocol.json"


@dataclass(frozen=True)
class Trial:
    """A protocol put to work on today's records: what may be learned from, and what is tested."""

    protocol: Protocol
    training: pl.DataFrame
    test: pl.DataFrame


def frozen(
    workspace: Path,
    market: Market,
    frame: pl.DataFrame,
    selection: pl.DataFrame | None = None,
    grain: Grain = Grain.TENDER,
) -> Trial | None:
    """The workspace's trial; the first call with enough labels draws the protocol, later ones keep it.

    `frame` is `models.frame.model_frame` of the grain. None while there are too few labels to test anything:
    `ENOUGH` of both kinds on either side.
    """
    file = file_of(workspace, grain)
    if file.exists():
        return trial(Protocol.of(file.read_text("utf-8")), market, frame, selection, grain)
    drawn = draw(market, frame, selection, grain) if LABEL in frame.columns else None
    if drawn is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(drawn.protocol.json(), "utf-8")
    return drawn


def draw(
    market: Market,
    frame: pl.DataFrame,
    selection: pl.DataFrame | None = None,
    grain: Grain = Grain.TENDER,
) -> Trial | None:
    """Choose what to hold out, by the strictest of `DEMANDS` that leaves enough to learn from and to test."""
    judged = pl.col(LABEL).is_not_null() & _comparable(grain)
    known, cut = frame.filter(judged), None
    if grain != Grain.BIDDER:
        moments = known.filter(pl.col(LABEL))["deadline_at"].drop_nulls().sort()
        cut = moments[int(len(moments) * (1 - LATER))] if len(moments) else None
    tests = known.filter(_company() if cut is None else pl.col("deadline_at") >= cut)
    held = _tests(KEYS[grain])
    tests = tests.select(held.names()).cast(held).sort(KEYS[grain])
    if not _enough(tests, ENOUGH):
        return None
    for firms, moment in DEMANDS:
        if cut is None and moment == "labels known at the cut":
            continue
        found = trial(Protocol(cut, firms, moment, tests), market, frame, selection, grain)
        if _enough(found.training.filter(judged), FEWEST):
            return found
    return None


def _comparable(grain: Grain) -> pl.Expr:
    """Rows of which something can be said: tenders and bids beside others, firms with a record."""
    return pl.col("n_entered") >= RECORD if grain == Grain.BIDDER else pl.col("n_valid") >= 2


def trial(
    protocol: Protocol,
    market: Market,
    frame: pl.DataFrame,
    selection: pl.DataFrame | None = None,
    grain: Grain = Grain.TENDER,
) -> Trial:
    """Today's rows on either side of a protocol; tenders are never split."""
    whole = protocol.keys[0]
    test = frame.join(protocol.tests.select(protocol.keys), on=protocol.keys, how="semi")
    rest = frame.join(protocol.tests.select(whole), on=whole, how="anti")
    if protocol.cut is not None:
        rest = rest.filter(pl.col("deadline_at") < protocol.cut)
        known = labels_of(grain, market, as_of=protocol.cut, selection=selection)
        if protocol.known == "labels known at the cut" and known is not None:
            rest = labelled(rest, known)
    return Trial(protocol, _apart(rest, protocol, market), test)


def _apart(rest: pl.DataFrame, protocol: Protocol, market: Market) -> pl.DataFrame:
    """Training rows without those that the protocol bars for their firms."""
    if protocol.firms == "firms may recur":
        return rest
    tested = protocol.tests if protocol.firms == "no firm of the test" else protocol.tests.filter(LABEL)
    if "bidder_id" in protocol.keys:
        barred = pl.col("bidder_id").is_in(tested["bidder_id"].unique().to_list())
    else:
        bids = market.bids.select("tender_id", "bidder_id")
        firms = bids.join(tested.lazy().select("tender_id"), on="tender_id", how="semi").select("bidder_id")
        shared = bids.join(firms.unique(), on="bidder_id", how="semi").select("tender_id").unique().collect()
        barred = pl.col("tender_id").is_in(shared["tender_id"].to_list())
    if protocol.firms != "no firm of the test":
        barred &= pl.col(LABEL).fill_null(False)
    return rest.filter(~barred)


def _company() -> pl.Expr:
    """Every third company of firms, for markets without dates."""
    return pl.col(UNIT).rank("dense") % 3 == 0


def _enough(rows: pl.DataFrame, least: int) -> bool:
    collusive = int(rows[LABEL].sum())
    return collusive >= least and rows.height - collusive >= least
