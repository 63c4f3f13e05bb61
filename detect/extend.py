"""Adding some tenders to the newest full run of a workspace: which, and what became of their alerts."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from detect.incremental import Source, base_of, score_some
from detect.kept import Run, latest_folder, runs_since, save
from detect.parameters import in_workspace
from detect.points import RunPoint
from detect.rule import Level
from models.champion import load_champion
from records.source import BadInput
from records.store import Store

Act = Callable[[Path, Any, Any], Mapping[str, Any]]
"""What another room does with a run: gets workspace, run and market, gives counts."""


@dataclass(frozen=True)
class Changes:
    """What a run of some tenders says otherwise than the run before it that spoke of them.

    `rows`: one row per tender of which it says something else: `tender_id`, `level_then`, `level` (null
    without an alert), the ids of rules `came` and `went`, and `own`: whether its own records changed, or else
    those of its parties or buyer; null where nobody knows.
    """

    rows: pl.DataFrame

    def told(self) -> list[str]:
        """One line per tender."""
        return [_line(**row) for row in self.rows.iter_rows(named=True)]


@dataclass(frozen=True)
class Extended:
    """A run of some tenders, where it lies, what other rooms did with it, and what it changed."""

    run: Run
    folder: Path
    done: Mapping[str, Mapping[str, Any]]
    changes: Changes


def servable(workspace: Path, *, model: bool) -> bool:
    """Whether there is a full run to add to, and a model that can score some tenders."""
    folder = latest_folder(workspace)
    if folder is None or "usual_contracts" not in json.loads((folder / "run.json").read_text("utf-8")):
        return False
    champion = load_champion(workspace) if model else None
    return champion is None or not champion.blocks


def asked_for(store: Store, tenders: Sequence[str], since: datetime | None) -> list[str]:
    """The tenders named, and those whose deadline passed since a moment.

    Raises:
        BadInput: a named tender is not on record.

    """
    table = store.table("tenders").select("tender_id", "deadline_at")
    named = table.filter(pl.col("tender_id").is_in(list(tenders))).collect()["tender_id"].to_list()
    if missing := sorted(set(tenders) - set(named)):
        raise BadInput(f"There is no tender {missing[0]!r}", str(store.path), "Import it first.")
    if since is None:
        return sorted(named)
    closed = table.filter(pl.col("deadline_at").is_between(since, datetime.now(UTC))).collect()
    return sorted({*named, *closed["tender_id"]})


def extend(
    workspace: Path,
    store: Store,
    asked: Sequence[str],
    *,
    point: RunPoint | str = RunPoint.AWARD,
    model: bool = True,
    after: Mapping[str, Act] | None = None,
    why: str = "asked for",
    own: frozenset[str] | None = None,
) -> Extended:
    """Score tenders of a workspace, keep the run, and let other rooms know.

    The model is the champion, or else what the base run fitted. The manifest says which alerts changed; with
    the tenders whose `own` records changed it says of each whether that is why.

    Raises:
        BadInput: there is no full run, or the champion reads what only a full run makes.

    """
    base, store = base_of(workspace), store.as_it_stands()
    source = Source.of_store(store)
    run = score_some(
        source, asked, base,
        scorer=(load_champion(workspace) or base.scorer) if model else None, point=RunPoint(point),
        records_version=store.version, parameters=in_workspace(workspace), why=why,
    )  # fmt: skip
    changes = changes_of(run, base.folder, own)
    run = replace(run, manifest={**run.manifest, "changes": changes.rows.to_dicts()})
    folder = save(run, workspace)
    done = {name: act(workspace, run, source.market) for name, act in (after or {}).items()}
    return Extended(run, folder, done, changes)


def changes_of(run: Run, base: Path, own: frozenset[str] | None = None) -> Changes:
    """What a run of some tenders says otherwise than what was last said of them, see `Changes`."""
    then = said_before(base, run.scores["tender_id"], RunPoint(run.manifest["scope"]["point"]))
    now = run.alerts.select(_SAID.names()).cast(_SAID)
    both = then.join(now, on="tender_id", how="full", suffix="_now", coalesce=True)
    none = pl.lit([], pl.List(pl.String))
    was, is_ = pl.col("rule_ids").fill_null(none), pl.col("rule_ids_now").fill_null(none)
    rows = both.select(
        "tender_id",
        pl.col("level").alias("level_then"),
        pl.col("level_now").alias("level"),
        is_.list.set_difference(was).list.sort().alias("came"),
        was.list.set_difference(is_).list.sort().alias("went"),
        (pl.lit(None, pl.Boolean) if own is None else pl.col("tender_id").is_in(list(own))).alias("own"),
    )
    other = pl.col("level_then").ne_missing(pl.col("level"))
    told = other | (pl.col("came").list.len() + pl.col("went").list.len() > 0)
    return Changes(rows.filter(told).sort("tender_id"))


_SAID = pl.Schema({"tender_id": pl.String(), "level": pl.Int8(), "rule_ids": pl.List(pl.String())})


def said_before(base: Path, tenders: pl.Series, point: RunPoint) -> pl.DataFrame:
    """What was said of some tenders by runs of this point or earlier, the last word of each with an alert."""
    asked = pl.col("tender_id").is_in(tenders.to_list())
    spoken, folders = [_SAID.to_frame()], runs_since(base, point)
    scores = pl.scan_parquet([f / "scores.parquet" for f in folders], include_file_paths="file", glob=False)
    found = scores.filter(asked).select("tender_id", "file").collect()
    judged = {Path(f).parent: part for (f,), part in found.partition_by("file", as_dict=True).items()}
    for folder in (f for f in folders if f in judged):
        alerts = pl.scan_parquet(folder / "alerts.parquet").filter(asked).select(_SAID.names()).cast(_SAID)
        of_run = judged[folder].lazy().select("tender_id")
        spoken.append(of_run.join(alerts, on="tender_id", how="left").collect())
    return pl.concat(spoken).unique("tender_id", keep="last", maintain_order=True).drop_nulls("level")


_WHY = {None: "", True: " (its own records)", False: " (records of its parties or buyer)"}


def _line(
    tender_id: str,
    level_then: int | None,
    level: int | None,
    came: list[str],
    went: list[str],
    own: bool | None,
) -> str:
    then, now = (Level(x).name if x else "no alert" for x in (level_then, level))
    parts = [f"now {', '.join(came)}" if came else "", f"no longer {', '.join(went)}" if went else ""]
    moved = now if then == now else f"{then} -> {now}"
    return f"{tender_id}: {moved}; {'; '.join(p for p in parts if p) or 'same rules'}{_WHY[own]}"
