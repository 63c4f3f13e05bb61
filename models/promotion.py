"""Changes of champion: promoted if not worse on the frozen test, rolled back, taken over from elsewhere."""

from pathlib import Path
from typing import Any

import polars as pl

from features.catalogue import Grain
from models import artefact
from models.champion import CHAMPION, enthrone, file_of_version, promotions
from models.compare import MAIN, worse
from models.registry import evaluate, protocol_of, version_of
from models.scorer import make
from models.tracking import client_of, server
from records.source import BadInput


class WorseThanChampionError(BadInput):
    """A challenger that the frozen test holds back; `table` says by how much."""

    def __init__(self, table: pl.DataFrame, workspace: Path) -> None:
        row = table.filter(metric=MAIN).row(0, named=True)
        super().__init__(
            f"The challenger is worse than the champion: {MAIN} {row['challenger']:.3f} against "
            f"{row['champion']:.3f}",
            str(workspace),
            "Keep the champion, or promote with --force and a --reason, which is kept.",
        )
        self.table = table


class NoEarlierChampionError(BadInput):
    """There is no champion to give the place back to."""

    def __init__(self, workspace: Path) -> None:
        super().__init__("There is no earlier champion", str(workspace), "Train and promote a model first.")


def promote(workspace: Path, name: str, *, force: str | None = None) -> int:
    """Make the challenger the champion, the model that scoring uses, and return its version.

    Without a frozen test, for want of labels, nothing is compared.

    Args:
        workspace: folder that holds `mlflow.db` and `models/`.
        name: of the model.
        force: why a challenger takes the place although it is worse; kept in `promotions.jsonl`.

    Raises:
        ValueError: no such model, or none was trained.
        WorseThanChampionError: the frozen test holds the challenger back, with the table.
        Refused: the challenger's file cannot be used.

    """
    client = client_of(workspace)
    version = version_of(client, name, None)
    artefact.load(file_of_version(client, version, workspace), version.tags["sha256"])
    told: dict[str, Any] = {"why": "no frozen test to compare on"}
    if protocol_of(workspace, make(name).grain) is not None:
        table = evaluate(workspace, name)
        if worse(table) and not force:
            raise WorseThanChampionError(table, workspace)
        told = {"why": f"forced: {force}" if worse(table) else "not worse", "table": table.to_dicts()}
    enthrone(client, workspace, version, told)
    return int(version.version)


def rollback(workspace: Path, grain: Grain = Grain.TENDER) -> dict[str, Any]:
    """Give the place back to the champion of a grain before this one, and return its entry.

    Raises:
        NoEarlierChampionError: there was none before.
        Refused: its file cannot be used any more.

    """
    changes = [change for change in promotions(workspace) if make(change["name"]).grain == grain]
    before = _before(changes)
    if before is None:
        raise NoEarlierChampionError(workspace)
    client = client_of(workspace)
    version = version_of(client, before["name"], str(before["version"]))
    undone = f"{changes[-1]['name']} {changes[-1]['version']}"
    enthrone(client, workspace, version, {"why": f"rollback from {undone}", "rollback": True})
    return before


def fetch(workspace: Path, name: str) -> int:
    """Take over the champion that another workspace promoted on the same tracking server; its version.

    Raises:
        ValueError: no such model.
        BadInput: nobody promoted this model there.
        Refused: the artefact cannot be used here.

    """
    make(name)
    client = client_of(workspace)
    try:
        version = client.get_model_version_by_alias(name, CHAMPION)
    except Exception as error:
        raise BadInput(
            f"No version of {name} was promoted", server(workspace) or str(workspace), "Run: bidlens promote"
        ) from error
    enthrone(client, workspace, version, {"why": "fetched"})
    return int(version.version)


def _before(changes: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The champion below the present one: a rollback takes the last from the pile, a promotion adds to it."""
    pile: list[dict[str, Any]] = []
    for change in changes:
        if change.get("rollback"):
            pile.pop()
        else:
            pile.append(change)
    return pile[-2] if len(pile) > 1 else None
