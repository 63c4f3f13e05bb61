"""Saving what can be saved of releases with wrong types, and merging the releases of a procedure."""

import json
from decimal import Decimal
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from records.ocds.release import Document, Release


def salvage(text: bytes) -> tuple[list[Document], list[tuple[str, str, str]]]:
    """Decode what can be decoded of valid JSON whose types are not the standard's.

    Returns the documents and, for each value left out, its path, the reason and the value as JSON.

    >>> [doc], [lost] = salvage(b'{"ocid": "o-1", "tender": {"title": 7, "status": "active"}}')
    >>> doc.tender.status, lost
    ('active', ('tender.title', 'Expected `str | null`, got `int`', '7'))
    """
    content = json.loads(text, parse_float=Decimal)
    lost: list[tuple[str, str, str]] = []
    if isinstance(content, list):
        return _fit(content, list[Document], "", lost), lost
    document = _fit(content, Document, "", lost)
    return [document] if document else [], lost


def _fit(value: Any, kind: Any, path: str, lost: list[tuple[str, str, str]]) -> Any:
    """Convert to `kind`, leaving out (and noting) only the innermost values that do not fit."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        reason = str(error).partition(" - at ")[0]
    shape = _shape(kind)
    if isinstance(value, dict) and isinstance(shape, type) and issubclass(shape, msgspec.Struct):
        fields = {f.encode_name: f for f in msgspec.structs.fields(shape)}
        fitted = {
            f.name: _fit(value[name], f.type, f"{path}.{name}".lstrip("."), lost)
            for name, f in fields.items()
            if name in value
        }
        return shape(**fitted)
    if isinstance(value, list) and get_origin(shape) is list:
        (inner,) = get_args(shape)
        fitted_items = [_fit(v, inner, f"{path}[{i}]", lost) for i, v in enumerate(value)]
        return [v for v in fitted_items if v is not None]
    lost.append((path, reason, json.dumps(value, default=str, ensure_ascii=False)))
    return None


def _shape(kind: Any) -> Any:
    """The type without its `None`."""
    if get_origin(kind) in (Union, UnionType):
        return next(part for part in get_args(kind) if part is not type(None))
    return kind


def merge(releases: list[Release]) -> Release:
    """Merge the releases of one procedure: later values replace earlier, lists join by `id`.

    >>> from records.ocds.release import Award, Tender
    >>> early = Release("o-1", "2024-01-01", tender=Tender(title="Roof"))
    >>> late = Release("o-1", "2024-02-01", awards=[Award(id="A")])
    >>> merged = merge([late, early])
    >>> merged.tender.title, merged.awards[0].id, merged.date
    ('Roof', 'A', '2024-02-01')
    """
    first, *rest = sorted(releases, key=lambda r: r.date or "")
    merged: Release = first
    for later in rest:
        merged = _merge(merged, later)
    return merged


def _merge(old: Any, new: Any) -> Any:
    """Merge two values of the same field."""
    if new is None or old is None:
        return old if new is None else new
    if isinstance(new, msgspec.Struct) and isinstance(old, msgspec.Struct):
        fields = (f.name for f in msgspec.structs.fields(new))
        return type(new)(**{f: _merge(getattr(old, f, None), getattr(new, f)) for f in fields})
    if isinstance(new, list) and new and isinstance(new[0], msgspec.Struct) and hasattr(new[0], "id"):
        kept = {getattr(v, "id", None): v for v in old}
        return list((kept | {v.id: _merge(kept.get(v.id), v) for v in new}).values())
    return new
