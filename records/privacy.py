"""Keyed hashes of identifying values, so that equality survives and the value does not."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import polars as pl

from records.kinds import KINDS
from records.source import BadInput

KEY_BYTES = 32

SENTINELS = frozenset(
    {
        "", "-", "/", "无", "空", "NULL", "NONE", "N/A", "NA", "UNKNOWN", "DEFAULTSTRING", "ADMINISTRATOR",
        "TOBEFILLEDBYOEM", "WPS", "MICROSOFTOFFICEUSER", "NOESPECIFICADO",
        # MAC addresses that virtual adapters carry on every machine: VMware, VirtualBox, Teredo, masked.
        "005056C00001", "005056C00008", "0A0027000000", "020054554E01", "020000000000",
    }
)  # fmt: skip
"""Placeholders that are no value at all, after normalisation as a code (exclusion FX04)."""

NORMALISERS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "code": lambda v: v.str.to_uppercase().str.replace_all(r"[\s:\-._]", ""),
    "digits": lambda v: v.str.replace_all(r"\D", ""),
    "text": lambda v: v.str.to_lowercase().str.strip_chars().str.replace_all(r"\s+", " "),
}


def load_key(path: Path) -> bytes:
    """The workspace's secret, made on first use; whoever holds it can test guesses of a value.

    Raises:
        BadInput: the file holds no key. Another key would give other hashes, so none is made.

    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(KEY_BYTES))
        draft.replace(path)
    held = path.read_text("utf-8", errors="replace").strip()
    if not re.fullmatch(rf"[0-9a-f]{{{2 * KEY_BYTES}}}", held):
        raise BadInput(
            "This file holds no key",
            str(path),
            "Restore it from a backup, or import everything into a new workspace.",
        )
    return bytes.fromhex(held)


def pseudonymise(identifiers: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Replace column `value` by `value_hash` (HMAC-SHA-256, 128 bits, hex) and `display`.

    The value is normalised by its kind first, so that two spellings of one value are equal.
    Sentinels and empty values get a null hash; personal kinds show at most their last two
    characters, and never more than a third, so that a name of two characters stays hidden.

    >>> raw = pl.DataFrame({"kind": ["phone", "phone", "author_mac"],
    ...                     "value": ["138-0000 1234", "13800001234", "Default string"]})
    >>> out = pseudonymise(raw, b"k" * 32)
    >>> out["value_hash"][0] == out["value_hash"][1], out["value_hash"][2], out["display"][0]
    (True, None, '•••34')
    """
    told = identifiers.with_columns(pl.col("value").cast(pl.String))
    values = _normalised(told.select("kind", "value").unique())
    distinct = values.select("kind", "_normal").drop_nulls().unique()
    hashed = distinct.with_columns(
        pl.Series("value_hash", [_digest(key, *row) for row in distinct.rows()], pl.String)
    )
    personal = pl.col("kind").is_in([k.name for k in KINDS.values() if k.personal])
    shown = pl.when(personal).then(_tail(pl.col("_normal"))).otherwise(pl.col("value"))
    known = values.join(hashed, on=["kind", "_normal"], how="left").select(
        "kind", "value", "value_hash", shown.alias("display")
    )
    keys = ["kind", "value"]
    return told.join(known, on=keys, how="left", nulls_equal=True, maintain_order="left").drop("value")


def _normalised(values: pl.DataFrame) -> pl.DataFrame:
    """Add `_normal`: the value as its kind spells it, null for a placeholder."""
    kind, value = pl.col("kind"), pl.col("value").str.normalize("NFKC")
    normal = pl.coalesce(
        pl.when(kind.is_in([k.name for k in KINDS.values() if k.shape == shape])).then(f(value))
        for shape, f in NORMALISERS.items()
    ).fill_null(value)
    return values.with_columns(normal.alias("_normal")).with_columns(
        pl.when(~is_sentinel(pl.col("_normal"))).then("_normal").alias("_normal")
    )


def masked(raw: pl.DataFrame) -> pl.DataFrame:
    """Rows as read, fit to be kept beside the records: no personal value stands in them in full.

    Column `value` is masked unless its `kind` is known and not personal. Contacts are masked in an
    unknown `kind` too: two columns may have been taken for each other.

    >>> raw = pl.DataFrame({"kind": ["phone", "author_mac"], "value": ["13800001234", "AA:BB"]})
    >>> masked(raw)["value"].to_list()
    ['•••34', 'AA:BB']
    """
    if "value" not in raw.columns:
        return raw
    told = raw if "kind" in raw.columns else raw.with_columns(pl.lit(None, pl.String).alias("kind"))
    kind, value = pl.col("kind"), pl.col("value")
    known = kind.is_in(list(KINDS))
    shown = kind.is_in([k.name for k in KINDS.values() if not k.personal])
    return told.with_columns(
        pl.when(shown).then(value).otherwise(_tail(value)).alias("value"),
        pl.when(known).then(kind).otherwise(without_contacts(kind)).alias("kind"),
    ).select(raw.columns)


_CONTACTS = (
    (r"[\w.+\-]+@[\w\-]+(\.[\w\-]+)+", "•••"),
    (r"\(?\b\d{3}\)?[ \-]\d{3}[ \-]\d{4}\b", "•••"),
    (r"\b\d{3}[ \-]\d{4}[ \-]\d{4}\b|\b\d{3,4}-\d{7,8}\b|\d{11,}", "•••"),
    (r'(?i)("(?:tele)?(?:phone|fax)\w*"\s*:\s*)"[^"]*"', '${1}"•••"'),
)


def without_contacts(text: pl.Expr) -> pl.Expr:
    """Text in which e-mail addresses, telephone numbers and eleven and more digits are masked.

    Shorter runs of digits stay, since dates and record ids are what one looks for there.
    """
    for pattern, mask in _CONTACTS:
        text = text.str.replace_all(pattern, mask)
    return text


def is_sentinel(value: pl.Expr) -> pl.Expr:
    """Whether a value only fills a place: listed placeholders, or four and more of one character."""
    squeezed = NORMALISERS["code"](value)
    repeated = (squeezed.str.len_chars() >= 4) & (squeezed.str.strip_chars(squeezed.str.head(1)) == "")
    return value.is_null() | squeezed.is_in(list(SENTINELS)) | repeated


def masked_id(value: str) -> str:
    """The id of a person as people may see it, as `pseudonymise` shows personal values.

    >>> masked_id("X62000123"), masked_id("e1")
    ('•••23', '•••')
    """
    return "•••" + value[len(value) - min(2, len(value) // 3) :]


def _tail(value: pl.Expr) -> pl.Expr:
    return pl.format("•••{}", value.str.tail(pl.min_horizontal(pl.lit(2), value.str.len_chars() // 3)))


def _digest(key: bytes, kind: str, value: str) -> str:
    family = KINDS[kind].family if kind in KINDS else kind
    return hmac.digest(key, f"{family}\x1f{value}".encode(), hashlib.sha256).hex()[:32]
