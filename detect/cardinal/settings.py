"""The settings of the eleven indicators: which are known, what each takes, what is not accepted."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detect.cardinal.ini import Sections, parse
from records.source import BadInput

Given = Mapping[str, Any]
"""What a settings file says of one indicator, by property."""

_SWITCH = {
    "1": True,
    "true": True,
    "on": True,
    "yes": True,
    "0": False,
    "false": False,
    "off": False,
    "no": False,
}
_WORDS = {"true": 1, "on": 1, "yes": 1, "false": 0, "off": 0, "no": 0}


def _text(value: str) -> str:
    return value


def _switch(value: str) -> bool:
    return _SWITCH[value.lower()]


def _whole(value: str) -> int:
    if value.lower() in _WORDS:
        return _WORDS[value.lower()]
    if not re.fullmatch(r"[+-]?[0-9]+", value):
        raise ValueError
    return int(value)


def _natural(value: str) -> int:
    if (number := _whole(value)) < 0:
        raise ValueError
    return number


def _decimal(value: str) -> float:
    if value.lower() in _WORDS:
        return float(_WORDS[value.lower()])
    if "_" in value:
        raise ValueError
    return float(value)


_SAID: dict[Callable[[str], Any], str] = {
    _text: "any text", _switch: "true or false", _whole: "a whole number",
    _natural: "a whole number from 0 up", _decimal: "a number",
}  # fmt: skip

ANY = "*"
"""Stands for any name of a property."""

KNOWN: dict[str, dict[str, Callable[[str], Any]]] = {
    "": {
        "currency": _text,
        "no_price_comparison_procurement_methods": _text,
        "price_comparison_procurement_methods": _text,
    },
    "output": {"info_currency_mismatches": _switch},
    "exclusions": {"procurement_method_details": _text},
    "R003": {"threshold": _whole, "procurement_methods": _text},
    "R003.procurement_method_details": {ANY: _whole},
    "R018": {"procurement_methods": _text},
    "R024": {"threshold": _decimal},
    "R025": {"percentile": _natural, "threshold": _decimal},
    "R028": {},
    "R030": {},
    "R035": {"threshold": _natural},
    "R036": {},
    "R038": {
        "threshold": _decimal, "minimum_submitted_bids": _natural,
        "minimum_contracting_processes": _natural,
    },
    "R048": {"digits": _natural, "threshold": _natural, "minimum_contracting_processes": _natural},
    "R058": {"threshold": _decimal},
    # For correcting data before the indicators; accepted, since one file serves both steps.
    "defaults": {
        "currency": _text, "item_classification_scheme": _text, "bid_status": _text, "award_status": _text,
        "party_roles": _switch,
    },
    "redactions": {"amount": _text, "organization_id": _text},
    "corrections": {"award_status_by_contract_status": _switch},
    "modifications": {
        "move_auctions": _switch, "prefix_buyer_or_procuring_entity_id": _text,
        "prefix_tenderer_or_supplier_id": _text, "split_procurement_method_details": _text,
    },
    "codelists.bid_status": {ANY: _text},
    "codelists.award_status": {ANY: _text},
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """What to compute, and of which processes.

    `indicators` holds the enabled ones with what was set for each; without any, nothing is computed.
    `quiet` keeps prices in other currencies from being reported.
    """

    indicators: Mapping[str, Given] = field(default_factory=dict)
    currency: str | None = None
    compared: frozenset[str] = frozenset()
    not_compared: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    quiet: bool = False

    def compares(self, method: object) -> bool:
        """Whether prices of processes with these procurement method details may be compared."""
        if self.compared:
            return isinstance(method, str) and method in self.compared
        return not (isinstance(method, str) and method in self.not_compared)


def read(path: Path) -> Settings:
    """The settings of a file.

    Raises:
        BadInput: it cannot be read, or holds an unknown section, property or value.

    """
    try:
        return from_sections(parse(path.read_text(encoding="utf-8"), str(path)), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The settings cannot be read: {error}", str(path), "Check the path.") from error


def from_sections(sections: Sections, where: str = "settings") -> Settings:
    """Settings from parsed sections, checked.

    Examples:
        >>> from_sections({"R035": {"threshold": "3"}}).indicators
        {'R035': {'threshold': 3}}

    Raises:
        BadInput: an unknown section, property or value.

    """
    given = {name: _checked(name, found, where) for name, found in sections.items()}
    top, details = given.get("", {}), given.pop("R003.procurement_method_details", None)
    if details is not None:
        given["R003"] = {**given.get("R003", {}), "procurement_method_details": details}
    return Settings(
        indicators={name: found for name, found in given.items() if re.fullmatch(r"R\d{3}", name)},
        currency=top.get("currency"),
        compared=several(top.get("price_comparison_procurement_methods", "")),
        not_compared=several(top.get("no_price_comparison_procurement_methods", "")),
        excluded=several(given.get("exclusions", {}).get("procurement_method_details", "")),
        quiet=given.get("output", {}).get("info_currency_mismatches", False),
    )


def several(text: str) -> frozenset[str]:
    """The members of a pipe-separated list; nothing after a last pipe, but an empty one between two.

    Examples:
        >>> sorted(several("open|selective"))
        ['open', 'selective']

    """
    members = text.split("|")
    return frozenset(members if members[-1] else members[:-1])


def _checked(section: str, found: Mapping[str, str], where: str) -> dict[str, Any]:
    if section not in KNOWN:
        sections = ", ".join(f"[{name}]" for name in KNOWN if name)
        raise BadInput(f"There is no section [{section}]", where, f"Choose among {sections}.")
    return {name: _parsed(section, name, value, where) for name, value in found.items()}


def _parsed(section: str, name: str, value: str, where: str) -> Any:
    known = KNOWN[section]
    kind = known.get(name) or known.get(ANY)
    place = f"[{section}]" if section else "The top of the file"
    if kind is None:
        raise BadInput(f"{place} takes no {name!r}", where, f"It takes {', '.join(known) or 'nothing'}.")
    try:
        return kind(value)
    except (ValueError, KeyError) as error:
        raise BadInput(f"{place} has {name} = {value}", where, f"Give {_SAID[kind]}.") from error
