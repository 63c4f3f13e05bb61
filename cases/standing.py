"""How many alerts stand where, kept at hand: counting a million rows for every page would take too long."""

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from cases.tables import Alert, Standing

KEY = ("grain", "place", "state", "level")


def moved(session: Session, alert: Alert, before: str, after: str) -> None:
    """An alert has gone from one state to another."""
    here = {"grain": alert.grain, "place": alert.place, "level": alert.level}
    for state, change in ((before, -1), (after, 1)):
        key = {**here, "state": state}
        of = update(Standing).where(*(getattr(Standing, name) == value for name, value in key.items()))
        known = session.scalar(of.values(n=Standing.n + change).returning(Standing.n))
        if known is None:
            session.execute(insert(Standing).values(**key, n=change))


def count(session: Session) -> None:
    """Count everything anew, after a run has moved many."""
    key = [getattr(Alert, name) for name in KEY]
    session.execute(delete(Standing))
    counted = select(*key, func.count()).group_by(*key)
    session.execute(insert(Standing).from_select([*KEY, "n"], counted))
