"""Parts of a kept run: what a page needs of it, so that nobody holds all of it in memory."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from detect.score import Run, load, scan

_PARTY = ("grain", "party_id")


def summary(folder: Path) -> Run:
    """A run's manifest, counts by rule, and columns that were missing; of tenders and parties nothing."""
    return load(folder, only={"counts": (), "missing": ()})


def of_tender(folder: Path, tender_id: str) -> Run:
    """What a run says of one tender; how often rules hit, from the full run that it may extend."""
    run = load(folder, tender_id)
    scope = run.manifest.get("scope")
    return run if scope is None else replace(run, counts=summary(folder.parent / scope["base_run"]).counts)


def of_parties(folder: Path, chosen: pl.DataFrame) -> Run:
    """What a run says of some rows of its `party_alerts`; enough for `detect.explain.explain_parties`."""
    ids = pl.col("party_id").is_in(chosen["party_id"].to_list())
    wanted = chosen.select(_PARTY).lazy()
    hits, tenders = pl.collect_all(
        scan(folder, frame).filter(ids).join(wanted, on=_PARTY, how="semi", maintain_order="left")
        for frame in ("party_hits", "party_tenders")
    )
    return replace(summary(folder), party_alerts=chosen, party_hits=hits, party_tenders=tenders)
