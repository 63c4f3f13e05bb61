"""The night as a DAG of Airflow 3: one task a command, tried again only where that can help."""

import os
import subprocess
from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException

BIDLENS = os.environ.get("BIDLENS", "/opt/bidlens/bin/bidlens")
INBOX = os.environ.get("INBOX", "/var/lib/bidlens/inbox")
BACKUPS = os.environ.get("BACKUPS", "/var/lib/bidlens/backups")
WORKSPACE = {"BIDLENS_WORKSPACE": "/var/lib/bidlens/workspace", "BIDLENS_LOG": "json"}
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
    """Take what arrived, score all tenders, copy the workspace, then say whether all is well."""

    @task
    def watch() -> None:
        bidlens("watch", INBOX, "--once")

    @task
    def score() -> None:
        bidlens("score")

    @task
    def backup() -> None:
        bidlens("backup", f"{BACKUPS}/bidlens-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar")

    @task(trigger_rule="all_done")
    def health() -> None:
        bidlens("health")

    watch() >> score() >> backup() >> health()


bidlens_nightly()
