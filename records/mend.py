"""Repairs that need to know what a column means, each under a name that the import report counts."""

import polars as pl

from records import uscc

MENDED = "~"
"""Prefix of the columns that flag a repair."""

SAME_CURRENCY = {"RMB": "CNY", "人民币": "CNY", "156": "CNY"}
_PARTIES = ("bidder_id", "from_id", "to_id", "buyer_id", "agency_id")


def mend(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Mend the values of a table and flag where, one column per repair.

    >>> mend("bids", pl.DataFrame({"amount": [0, 5], "currency": ["rmb", "CNY"]})).rows()[0]
    (None, 'CNY', True, True)
    """
    for column in _PARTIES:
        frame = _credit_code(frame, column)
    frame = _currency(frame)
    if table == "bids":
        zero = pl.col("amount") == 0
        frame = _where(frame, "amount", "zero taken as not priced", zero, pl.lit(None))
    return _checked(frame) if table == "bidders" else frame


def _credit_code(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    code = pl.col(column).str.normalize("NFKC").str.to_uppercase()
    odd = pl.col(column).str.contains(r"[a-z\uff01-\uff5e]") & code.str.contains(uscc.SHAPE)
    return _where(frame, column, "credit code in half-width capitals", odd, code)


def _currency(frame: pl.DataFrame) -> pl.DataFrame:
    known = pl.col("currency").str.to_uppercase().replace(SAME_CURRENCY)
    return _where(frame, "currency", "brought to its ISO code", pl.col("currency") != known, known)


def _checked(frame: pl.DataFrame) -> pl.DataFrame:
    """The check character decides `id_valid` of credit codes, whatever the source says."""
    if not {"bidder_id", "id_scheme"} <= set(frame.columns):
        return frame
    told = pl.col("id_valid") if "id_valid" in frame.columns else pl.lit(None, pl.Boolean)
    checked = pl.lit(uscc.valid(frame["bidder_id"]))
    return frame.with_columns(
        pl.when(pl.col("id_scheme") == uscc.SCHEME).then(checked).otherwise(told).alias("id_valid")
    )


def _where(frame: pl.DataFrame, column: str, what: str, where: pl.Expr, value: pl.Expr) -> pl.DataFrame:
    if column not in frame.columns:
        return frame
    flag = f"{MENDED}{column}: {what}"
    mended = pl.when(where).then(value).otherwise(column).alias(column)
    return frame.with_columns(mended, where.fill_null(False).alias(flag))
