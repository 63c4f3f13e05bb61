"""Explaining a shared value once for all: it goes on the records' list, and the log says who put it there."""

from dataclasses import asdict

from sqlalchemy import Engine

from cases.act import Kind, acting
from cases.roles import May
from records.lists import Entry, add
from records.report import ImportReport
from records.store import Store


def explain_value(
    engine: Engine, actor: str, store: Store, entry: Entry, alert_id: int | None = None
) -> ImportReport:
    """Put a value on a list, so that later runs no longer find it.

    Args:
        engine: of the desk's database.
        actor: somebody who may suppress.
        store: the records.
        entry: list, kind, value, owner, reason and period.
        alert_id: the alert that showed it, whose events will tell of it.

    Raises:
        Refused: the role does not have the act.
        BadInput: another process writes to the records.

    """
    told = {name: str(value) for name, value in asdict(entry).items() if name != "value"}
    with acting(engine, actor, May.SUPPRESS) as act:
        if alert_id is not None:
            act.tell(act.alert(alert_id), Kind.LISTED, entry.reason, **told)
        act.log("list.add", f"{entry.listing} {entry.kind}", **told)
        # Last, so that nothing is listed of which the log does not tell.
        return add(store, entry)
