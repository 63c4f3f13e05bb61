"""How many alerts have which region, category, mechanism and buyer, kept at hand for choices and plans."""

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from cases.tables import Alert, Listing, Standing

UNKNOWN = "-"
"""Stands for a value that is not on record, and for no owner, in filters and in the address."""

KEPT: dict[str, InstrumentedAttribute[str | None]] = {
    "region": Alert.region,
    "category": Alert.category,
    "mechanism": Alert.mechanism,
    "buyer": Alert.buyer_name,
}
"""Columns that only a run changes."""


def count(session: Session) -> None:
    """Count everything anew, after a run has changed many."""
    session.execute(delete(Listing))
    for name, column in KEPT.items():
        value = func.coalesce(column, UNKNOWN)
        counted = select(literal(name), value, func.count()).group_by(value)
        session.execute(insert(Listing).from_select(["name", "value", "n"], counted))


def most_frequent(session: Session, name: str, most: int) -> dict[str, int]:
    """Values of a column, or owners, with their numbers of alerts, the most frequent first."""
    if name in KEPT:
        order = (Listing.n.desc(), Listing.value)
        kept = select(Listing.value, Listing.n).where(Listing.name == name).order_by(*order).limit(most)
        return {str(row.value): int(row.n) for row in session.execute(kept)}
    owned = select(Alert.owner, func.count()).where(Alert.owner.is_not(None)).group_by(Alert.owner)
    numbers = {str(owner): int(n) for owner, n in session.execute(owned)}
    alone = (session.scalar(select(func.sum(Standing.n))) or 0) - sum(numbers.values())
    everybody = {**numbers, **({UNKNOWN: alone} if alone else {})}
    return dict(sorted(everybody.items(), key=lambda x: (-x[1], x[0]))[:most])


def number(session: Session, name: str, values: tuple[str, ...]) -> int:
    """How many alerts have one of these values."""
    if name in KEPT:
        found = select(func.sum(Listing.n)).where(Listing.name == name, Listing.value.in_(values))
        return session.scalar(found) or 0
    every = most_frequent(session, name, most=1_000_000)
    return sum(every.get(v, 0) for v in values)
