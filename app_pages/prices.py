"""The prices of a case: all bids drawn, and what to check before any figure of them is relied on."""

import streamlit as st

from app_pages import bids_chart
from app_pages.markup import draw, fill, several
from app_pages.words import Words
from detect.explanation import Explanation
from detect.usual_prices import Usual


def drawn(story: Explanation, range_: Usual | None, w: Words) -> None:
    """Draw all bids against estimate and ceiling, and the usual range where it is known."""
    st.subheader(w("case.bids_drawn"))
    _doubts(story, w)
    priced = bids_chart.priced(story.bids, w)
    if priced.is_empty():
        st.info(w("case.no_amounts"))
        return
    st.altair_chart(bids_chart.chart(priced, story.tender, range_, w), alt=w("case.bids_drawn"))
    if range_ is not None:
        st.caption(w("case.usual_range", n=f"{range_.n:,}", tenders=f"{range_.tenders:,}"))
    if missing := story.bids.height - priced.height:
        st.caption(w("case.n_without_amount", n=missing))


def _doubts(story: Explanation, w: Words) -> None:
    """What to check before any figure of these prices is relied on."""
    if story.doubts:
        told = several("<p>{x}</p>", ({"x": said} for said in story.doubts))
        draw(fill('<div class="doubt"><b>{name}</b>{told}</div>', name=w("case.doubted"), told=told))
