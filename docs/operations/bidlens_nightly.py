"""The night as a DAG of Airflow 3: one task a command, tried again only where that can help."""

import os
import shlex
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException

BIDLENS = os.environ.get("BIDLENS", "/opt/bidlens/bin/bidlens")
INBOX = os.environ.get("INBOX", "/var/lib/bidlens/inbox")
BACKUPS = os.environ.get("BACKUPS", "/var/lib/bidlens/backups")
WORKSPACE = {"BIDLENS_WORKSPACE": "/var/lib/bidlens/workspace", "BIDLENS_LOG": "json"}
BACKUP_DAYS = os.environ.get("BACKUP_DAYS", "30")
READER = shlex.split(os.environ.get("READER", ""))
TRY_AGAIN = 75


def bidlens(*words: str) -> None:
    """Run one command; its log goes to the task's log."""
    code = subprocess.run([BIDLENS, *words], env={**WORKSPACE, **os.environ}, check=False).returncode
    if code == TRY_AGAIN or code < 0:  # busy, or killed: the same can succeed later
        raise RuntimeError(f"bidlens {words[0]} can be tried again (exit code {code})")
    if code:  # bad input or wrong usage: trying again changes nothing
        raise AirflowFailException(f"bidlens {words[0]}: exit code {code}")


@dag(
    schedule="30 1 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 4, "retry_delay": timedelta(minutes=10)},
)
def bidlens_nightly() -> None:
    """Do what `nightly.sh` does: a step that fails stops no other, and the night has failed if one has."""

    @task
    def watch() -> None:
        if not os.environ.get("WATCHED"):
            bidlens("watch", INBOX, "--once", *READER)

    @task(trigger_rule="all_done")
    def score() -> None:
        bidlens("score")

    @task(trigger_rule="all_done")
    def backup() -> None:
        bidlens("backup", f"{BACKUPS}/bidlens-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar")

    @task(trigger_rule="all_success")
    def drop_old_backups() -> None:
        find = ["find", BACKUPS, "-maxdepth", "1"]
        subprocess.run([*find, "-name", "bidlens-*.tar", "-mtime", f"+{BACKUP_DAYS}", "-delete"], check=True)
        drafts = ["-name", ".bidlens-*.draft", "-mtime", "+0", "-exec", "rm", "-rf", "{}", "+"]
        subprocess.run([*find, *drafts], check=True)

    @task(trigger_rule="all_done")
    def prune() -> None:
        bidlens("prune")

    @task(trigger_rule="all_done")
    def health() -> None:
        bidlens("health")

    @task(trigger_rule="all_done")
    def metrics() -> None:
        if os.environ.get("METRICS"):
            bidlens("metrics", "--to", os.environ["METRICS"])

    @task(trigger_rule="all_success")
    def ended_well() -> None:
        """Fail with any of the others, since a run is as its last task."""

    steps = [watch(), score(), backup(), drop_old_backups(), prune(), health(), metrics()]
    for before, after in pairwise(steps):
        before >> after
    steps >> ended_well()


bidlens_nightly()
