"""Naming the firms that hold a shared value without showing it here, once somebody asks."""

import streamlit as st

from app_pages.desk import KEPT, Seen
from app_pages.evidence import Held, Others, sides
from app_pages.words import Words
from detect.elsewhere import elsewhere
from detect.explanation import Explanation
from records.kinds import kind_words
from records.tables import Market


def held(seen: Seen, story: Explanation, market: Market, w: Words) -> Held:
    """Draw the question where there is anybody to name; the names, by value, once it was said yes to.

    All identifiers on record are read for it, so that nobody who does not ask waits.
    """
    facts = [f for finding in story.findings for f in finding.facts]
    if not any(f.holders > len(sides(facts, f)) for f in facts):
        return {}
    asked = st.toggle(w("finding.name_holders"), key=f"holders_{seen.tender}", help=w("finding.holders_help"))
    return _named(seen, w.lang, market) if asked else {}


@st.cache_resource(max_entries=KEPT, show_spinner=False, hash_funcs={Seen: Seen.mark})
def _named(seen: Seen, lang: str, _market: Market) -> Held:
    found = elsewhere(_market, seen.tender, seen.desk.of(seen.tender).facts)
    return {
        (kind_words(kind, kind_b, lang), value): Others(also, names)
        for kind, kind_b, value, also, names in found.iter_rows()
    }
