"""What the columns that rules read are called, in both languages."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from features.catalogue import CATALOGUE, Column, Grain
from records.tables import SCHEMAS


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
