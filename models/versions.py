"""Versions of models on record, as people look at them."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from models.champion import champion_of
from models.registry import CHALLENGER
from models.tracking import client_of, fetched
from records.tables import INSTANT

VERSIONS = pl.Schema(
    {
        "model": pl.String(),
        "version": pl.Int64(),
        "made_at": INSTANT,
        "place": pl.String(),
        "data_version": pl.String(),
        "why": pl.String(),
        "run_id": pl.String(),
        "metrics": pl.String(),
    }
)
"""`place` is `champion`, `challenger` or null; `why` it was promoted; `metrics` a JSON object of figures."""


def versions(workspace: Path) -> pl.DataFrame:
    """Every version of every model that was trained here, the newest first (see `VERSIONS`)."""
    if not (workspace / "models").is_dir():
        return VERSIONS.to_frame()
    client = client_of(workspace)
    rows = [
        row for registered in client.search_registered_models() for row in _of(client, registered, workspace)
    ]
    return pl.DataFrame(rows, VERSIONS, orient="row").sort("made_at", "model", descending=[True, False])


def reliability(workspace: Path, run_id: str) -> pl.DataFrame | None:
    """Stated and observed shares on the frozen test: `stated, observed, tenders`.

    None for versions that were never judged or state no probability.
    """
    file = fetched(client_of(workspace), run_id, "reliability.json", workspace)
    points = None if file is None else json.loads(file.read_text("utf-8"))
    return pl.DataFrame(points) if points else None


def _of(client: Any, registered: Any, workspace: Path) -> list[tuple[object, ...]]:
    entry = champion_of(workspace, registered.name)
    champion = entry.get("version") if entry.get("name") == registered.name else None
    challenger = registered.aliases.get(CHALLENGER)
    found = client.search_model_versions(f"name = '{registered.name}'")
    return [_row(client, v, champion, challenger) for v in found]


def _row(client: Any, v: Any, champion: object, challenger: object) -> tuple[object, ...]:
    run = client.get_run(v.run_id)
    place = (
        "champion"
        if int(v.version) == champion
        else "challenger"
        if str(v.version) == str(challenger)
        else None
    )
    return (
        v.name,
        int(v.version),
        pl.Series([v.creation_timestamp]).cast(pl.Datetime("ms", "UTC")).item(),
        place,
        run.data.params.get("data_version"),
        v.tags.get("promoted_because"),
        v.run_id,
        json.dumps(run.data.metrics),
    )
