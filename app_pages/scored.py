"""What models say of bids, firms and groups, as a table."""

from collections.abc import Mapping, Sequence

import streamlit as st

from app_pages.markup import draw, table
from app_pages.quantity import quantity
from app_pages.words import Words
from detect.explanation import Scored
from records.visible import visible

MOST = 10


def scores_table(scored: Sequence[Scored], title: str, names: Mapping[str, str], w: Words) -> None:
    """The highest scores, each with what weighed most; `names` of the bidders where there are several."""
    if not scored:
        return
    st.subheader(title)
    st.caption(w("scored.note"))
    whose = [w("column.bidder")] if names else []
    head = [
        *whose,
        w("models.model"),
        w("scored.above"),
        w("scored.probability"),
        w("scored.verdict"),
        w("scored.why"),
    ]
    rows = [
        (
            *([visible(names.get(s.of_id, s.of_id))] if names else []),
            s.title,
            f"{s.score:.0%}",
            "–" if s.probability is None else f"{s.probability:.0%}",
            w(f"verdict.{s.verdict}") if s.verdict else "–",
            " · ".join(_reason(u.label, u.value, u.unit, w) for u in s.reasons) or "–",
        )
        for s in scored[:MOST]
    ]
    draw(table(head, rows))


def _reason(label: str, value: float, unit: str, w: Words) -> str:
    return f"{label.rstrip('.。')} {quantity(value, unit, w)}"
