"""What the columns that rules read are called, in both languages."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from features.catalogue import CATALOGUE, Column, Grain
from records.privacy import masked_id
from records.tables import SCHEMAS

PERSONS = frozenset({"companion", "decisive_expert", "most_deviating_expert"})
"""Columns that hold the id of an expert."""


def shown(name: str, value: Any) -> Any:
    """What people may see of a column's value: ids of persons are masked.

    >>> shown("companion", "X62000123"), shown("n_bids", 3)
    ('•••23', 3)
    """
    return masked_id(value) if name in PERSONS and value is not None else value


def column_of(name: str, grain: Grain) -> Column:
    """What a column that a rule reads means: a feature, or a column of the records.

    Raises:
        KeyError: neither the catalogue nor the records have it.

    """
    catalogued = _catalogued(grain)
    recorded: Mapping[str, Any] = SCHEMAS["tenders"].columns() | SCHEMAS["bids"].columns()
    if name in catalogued:
        return catalogued[name]
    column = recorded[name]
    return Column(column.description or name.replace("_", " "), (column.metadata or {}).get("zh", ""))


@cache
def _catalogued(grain: Grain) -> dict[str, Column]:
    return CATALOGUE.columns(Grain.TENDER) | CATALOGUE.columns(grain)
