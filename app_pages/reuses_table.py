"""Which devices bidders used before, in which tenders, and when: what stands behind E17."""

from collections.abc import Mapping
from urllib.parse import urlencode

import polars as pl
from markupsafe import Markup

from app_pages import address
from app_pages.desk import moment
from app_pages.markup import fill, table
from app_pages.words import Words
from records.kinds import KINDS
from records.visible import visible

MOST = 40
"""Uses that are listed; the newest come first."""


def drawn(uses: pl.DataFrame, names: Mapping[str, str], w: Words) -> Markup:
    """A row for each use of a device by a bidder.

    Args:
        uses: as `detect.reuses.reuses` gives them.
        names: of the bidders, by id, as they may be seen.
        w: words.

    """
    each = ["kind", "value_hash", "display", "bidder_id", "tender_id", "title", "used_at"]
    listed = uses.select(each).unique().sort("kind", "value_hash", "used_at", "bidder_id")
    rows = [
        (
            getattr(KINDS[use["kind"]], w.lang),
            visible(use["display"] or w("value.unknown")),
            visible(names.get(use["bidder_id"], w("value.unknown"))),
            _tender(use["tender_id"], use["title"]),
            moment(use["used_at"]),
        )
        for use in listed.head(MOST).iter_rows(named=True)
    ]
    head = [w(f"reuses.{name}") for name in ("device", "value", "bidder", "tender", "known")]
    more = w("reuses.more", n=listed.height - MOST) if listed.height > MOST else ""
    return fill(
        '<div class="finding"><div class="label">{label}</div>{table}<p class="small">{more}</p></div>',
        label=w("reuses.title"), table=table(head, rows), more=more,
    )  # fmt: skip


def _tender(tender: str, title: str | None) -> Markup:
    query = urlencode({"tender": tender, **address.personal()})
    shown = visible(title or tender)
    return fill('<a href="{to}" target="_self">{title}</a>', to=f"case?{query}", title=shown)
