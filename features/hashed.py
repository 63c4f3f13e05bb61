"""Joins by text at the price of joins by number: a hash of 64 bits stands for the ids.

Among two million ids the chance that any two share a hash is one in ten million, among ten million three in
a million.
"""

from collections.abc import Sequence
from typing import Literal

import polars as pl

_KEY = "_hash"


def hashed(*names: str) -> pl.Expr:
    """One integer for the values of some columns of text, null where one of them is.

    >>> pl.DataFrame({"a": ["x", "x", None]}).select(hashed("a").is_duplicated(), null=hashed("a").is_null())
    shape: (3, 2)
    ┌───────┬───────┐
    │ _hash ┆ null  │
    │ ---   ┆ ---   │
    │ bool  ┆ bool  │
    ╞═══════╪═══════╡
    │ true  ┆ false │
    │ true  ┆ false │
    │ false ┆ true  │
    └───────┴───────┘
    """
    parts = (pl.col(name).hash(seed) for seed, name in enumerate(names))
    known = pl.all_horizontal(pl.col(name).is_not_null() for name in names)
    return pl.when(known).then(pl.sum_horizontal(parts)).alias(_KEY)


def join_hashed(
    left: pl.LazyFrame,
    right: pl.LazyFrame,
    on: str | Sequence[str],
    how: Literal["inner", "left", "semi", "anti"] = "inner",
) -> pl.LazyFrame:
    """`left.join(right, on=on, how=how)` for columns of text, several times cheaper.

    >>> firms, places = pl.LazyFrame({"id": ["a", "b"]}), pl.LazyFrame({"id": ["b"], "place": ["N"]})
    >>> join_hashed(firms, places, "id", "left").sort("id").collect().rows()
    [('a', None), ('b', 'N')]
    """
    names = [on] if isinstance(on, str) else list(on)
    key = hashed(*names)
    other = right.select(key) if how in ("semi", "anti") else right.with_columns(key).drop(names)
    return left.with_columns(key).join(other, on=_KEY, how=how).drop(_KEY)
