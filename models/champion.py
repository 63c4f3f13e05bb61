"""Who is champion: every grain has one of its own, named by a pointer file, so that scoring needs no MLflow.

`promotions.jsonl` tells every change of champion; the pointers are written last.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from features.catalogue import Grain
from models import artefact
from models.scorer import Scorer, all_models, make
from models.tracking import fetched

CHAMPION = "champion"
LOG = "promotions.jsonl"


def load_champion(workspace: Path, name: str | None = None, grain: Grain = Grain.TENDER) -> Scorer | None:
    """The promoted version of a model, or None before the first promotion.

    Without a name it is the model of the grain that was promoted last.

    Raises:
        Refused: the file is missing or changed, or was written for other inputs or versions.

    """
    pointer = pointer_of(workspace, name or grain)
    if not pointer.exists():
        return None
    entry = json.loads(pointer.read_text())
    return artefact.load(workspace / entry["file"], entry["sha256"])


def champion_of(workspace: Path, name: str) -> dict[str, Any]:
    """The entry of the champion of a model's grain, empty before the first promotion."""
    known = all_models().get(name)
    pointer = pointer_of(workspace, known.grain if known else name)
    return dict(json.loads(pointer.read_text())) if pointer.exists() else {}


def promotions(workspace: Path) -> list[dict[str, Any]]:
    """Every change of champion, oldest first."""
    log = workspace / "models" / LOG
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []


def enthrone(client: Any, workspace: Path, version: Any, told: Mapping[str, Any]) -> None:
    """Check the file, move the alias, tell the log, and point scoring at the version."""
    file = file_of_version(client, version, workspace)
    sha256 = version.tags["sha256"]
    artefact.load(file, sha256)
    entry = {
        "name": version.name,
        "version": int(version.version),
        "file": file.relative_to(workspace.resolve()).as_posix(),
        "sha256": sha256,
    }
    client.set_registered_model_alias(version.name, CHAMPION, version.version)
    client.set_model_version_tag(version.name, version.version, "promoted_because", told["why"])
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with (workspace / "models" / LOG).open("a", encoding="utf-8") as log:
        log.write(json.dumps({"at": now, **entry, **told}, ensure_ascii=False) + "\n")
    _write(pointer_of(workspace, version.name), entry)
    _write(pointer_of(workspace, make(version.name).grain), entry)


def file_of_version(client: Any, version: Any, workspace: Path) -> Path:
    """The artefact of a version, here; a file that does not exist where the server has none."""
    file = fetched(client, version.run_id, "model.zip", workspace)
    return (workspace / "models" / "missing.zip" if file is None else file).resolve()


def pointer_of(workspace: Path, of: str) -> Path:
    """Names the champion of a grain, or the promoted version of a model."""
    return workspace / "models" / f"{'' if of == Grain.TENDER else f'{of}.'}champion.json"


def _write(pointer: Path, entry: Mapping[str, Any]) -> None:
    unfinished = pointer.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(entry))
    unfinished.replace(pointer)
