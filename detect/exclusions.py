"""FX01..FX18: innocent reasons that are checked before a shared value counts as a hit.

Each is a predicate over `shared_values` rows and names the kinds that it speaks of. A row that any
of them explains is left out when ties are built for judging, and printed with the code.
"""

from collections.abc import Callable
from typing import NamedTuple

import polars as pl

from records.kinds import KINDS
from records.tables import Listing

UNRELATED_HOLDERS = 20
"""Firms on one address before it is taken for a shared network (rules FX03)."""


class Exclusion(NamedTuple):
    """One innocent reason."""

    code: str
    en: str
    zh: str
    kinds: frozenset[str]
    explains: Callable[[], pl.Expr]


def _kinds(*endings: str) -> frozenset[str]:
    return frozenset(k for k in KINDS if k.endswith(endings))


def _listed(listing: Listing) -> pl.Expr:
    return (pl.col("listing") == listing.value).fill_null(False)


EXCLUSIONS = (
    Exclusion("FX01", "members of one consortium bid", "同一联合体成员", frozenset(KINDS),
              lambda: pl.col("joint_bid")),
    Exclusion("FX02", "trading-centre device or network", "交易中心设备或网络",
              _kinds("_ip", "_mac", "_lan", "_cpu", "_disk"), lambda: _listed(Listing.CENTRE_DEVICE)),
    Exclusion("FX03", "shared network exit", "共享出口网络", _kinds("_ip"),
              lambda: _listed(Listing.SHARED_NETWORK) | (pl.col("holders") >= UNRELATED_HOLDERS)),
    Exclusion("FX04", "placeholder value", "占位值", frozenset(KINDS), lambda: _listed(Listing.SENTINEL)),
    Exclusion("FX05", "device or lock of the buyer's published file", "招标人控制价文件的锁号或硬件",
              _kinds("boq_lock", "_mac", "_cpu", "_disk"), lambda: _listed(Listing.BUYER_FILE)),
    Exclusion("FX08", "legitimately shared intermediary", "合法共用的中介",
              _kinds("_account", "boq_lock", "ca_key", "phone", "address"),
              lambda: _listed(Listing.PLATFORM_ACCOUNT)),
)  # fmt: skip


def judged(shared_values: pl.LazyFrame) -> pl.LazyFrame:
    """Add `exclusion`: the first code that explains the row, null where none does."""
    return shared_values.with_columns(
        pl.coalesce(
            pl.when(pl.col("kind").is_in(list(x.kinds)) & x.explains()).then(pl.lit(x.code))
            for x in EXCLUSIONS
        ).alias("exclusion")
    )
