"""E04: bids of different bidders priced with one software lock."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E04",
    level=Level.RED,
    grain=Grain.TIE,
    weight=Weight.FACT,
    point=Point.UPLOAD,
    law=("CN-REG-40-1", "CN-MOF87-37-1"),
    en=Words(
        "Same pricing-software lock",
        "Both bills of quantities were priced with {shared_boq_lock} identical pricing-software lock(s).",
        "A cost consultant whom both firms engaged openly; a cloud licence pool that is not on the list yet; "
        "a cracked licence with one number for many users.",
    ),
    zh=Words(
        "造价软件加密锁号一致",
        "两份投标清单由 {shared_boq_lock} 个相同的造价软件加密锁编制。",
        "双方公开委托的同一造价咨询机构；尚未列入清单的云锁池；多人共用一个锁号的非正版软件。",
    ),
)
def same_pricing_lock(shared_boq_lock: pl.Expr) -> pl.Expr:
    """Two bidders' bills of quantities were priced with one software lock.

    One lock is enough: a lock is one dongle, held by one estimator. The lock of the buyer's
    published control-price file (FX05), cloud pools and locks seen with more than twenty bidders
    (FX08) are taken out first.
    """
    return shared_boq_lock > 0
