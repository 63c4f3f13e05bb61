"""MLflow at arm's length: which server, what a run keeps, how a file of a run comes back.

The workspace's own SQLite and files serve unless setting `mlflow_uri`, or MLflow's own variable
`MLFLOW_TRACKING_URI`, names a tracking server. MLflow takes seconds to import, so nothing here runs when a
market is scored.
"""

import importlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from records.settings import settings

ANYONES = "MLFLOW_TRACKING_URI"
"""MLflow's own environment variable for a tracking server; our setting comes first."""
EXPERIMENT = "bidlens"


def client_of(workspace: Path) -> Any:
    """MLflow's client for the workspace; no global state of MLflow is touched."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    (workspace / "models").mkdir(parents=True, exist_ok=True)
    uri = server(workspace) or f"sqlite:///{(workspace / 'mlflow.db').resolve().as_posix()}"
    return importlib.import_module("mlflow").MlflowClient(tracking_uri=uri, registry_uri=uri)


def server(workspace: Path) -> str:
    """The tracking server that a setting or the environment names, else nothing."""
    return settings(workspace).mlflow_uri or os.environ.get(ANYONES) or ""


def new_run(client: Any, workspace: Path, name: str, params: Mapping[str, object]) -> Any:
    """Open a run with its parameters."""
    run = client.create_run(_experiment(client, workspace), run_name=name)
    for key, value in params.items():
        client.log_param(run.info.run_id, key, value)
    return run


def keep(client: Any, run_id: str, metrics: Mapping[str, float], files: Mapping[str, bytes | str]) -> None:
    """Add figures and small files to a run."""
    for key, value in metrics.items():
        client.log_metric(run_id, key.replace("%", "_percent"), value)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            file = Path(folder) / name
            file.write_bytes(content.encode() if isinstance(content, str) else content)
            client.log_artifact(run_id, str(file))


def as_json(value: object) -> str:
    """Text that a run keeps."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def fetched(client: Any, run_id: str, name: str, workspace: Path) -> Path | None:
    """A file of a run: where it lies if in this workspace, else a copy of it there; None if absent."""
    if name not in {item.path for item in client.list_artifacts(run_id)}:
        return None
    root = urlsplit(client.get_run(run_id).info.artifact_uri)
    here = Path(url2pathname(root.path)) / name
    if root.scheme in {"", "file"} and here.resolve().is_relative_to(workspace.resolve()):
        return here
    copies = workspace / "models" / "fetched" / run_id
    copies.mkdir(parents=True, exist_ok=True)
    return Path(client.download_artifacts(run_id, name, str(copies)))


def _experiment(client: Any, workspace: Path) -> str:
    if found := client.get_experiment_by_name(EXPERIMENT):
        return str(found.experiment_id)
    if server(workspace).startswith("http"):
        return str(client.create_experiment(EXPERIMENT))
    root = (workspace / "models" / "artefacts").resolve().as_uri()
    return str(client.create_experiment(EXPERIMENT, artifact_location=root))
