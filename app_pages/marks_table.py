"""What the experts gave to each bid, with what is striking marked by a sign and told below."""

from collections.abc import Mapping

import polars as pl
from markupsafe import Markup

from app_pages.markup import fill, several, table
from app_pages.words import Words
from detect.marks import FAR, Marks
from records.privacy import masked_id
from records.visible import visible

DECISIVE, HIGHEST, LOWEST, FAR_OFF, UNEVEN, ALIKE = "◆", "▲", "▼", "●", "≠", "="


def drawn(given: Marks, names: Mapping[str, str], w: Words, *, personal: bool) -> Markup:
    """A row for each expert, a column for each bidder, means below.

    Args:
        given: the marks.
        names: of the bidders, by id, as they may be seen.
        w: words.
        personal: whether the ids of experts may be seen.

    """
    experts = given.totals["expert_id"].unique().sort().to_list()
    called = {e: _called(n, e, w, personal=personal) for n, e in enumerate(experts, 1)}
    bidders = [b for b in names if b in set(given.totals["bidder_id"])]
    alike, ends = {e for pair in given.alike for e in pair}, _ends(given)
    marked = {e: f"{called[e]}{_if(e in given.decisive, DECISIVE)}{_if(e in alike, ALIKE)}" for e in experts}
    of = {
        (e, b): f"{_figure(total)}{ends.get((e, total), '')}{_if(far, FAR_OFF)}{_if(uneven, UNEVEN)}"
        for e, b, total, far, uneven in given.totals.iter_rows()
    }
    rows = [[marked[e], *(of.get((e, b), "–") for b in bidders)] for e in experts]
    without = [(w("marks.without", expert=called[e]), pl.col("expert_id") != e) for e in given.decisive]
    for word, kept in [(w("marks.mean"), pl.lit(True)), *without]:
        mean = dict(given.totals.filter(kept).group_by("bidder_id").agg(pl.col("total").mean()).iter_rows())
        rows.append([word, *(_figure(mean.get(b)) for b in bidders)])
    head = [w("marks.who"), *(visible(names[b]) for b in bidders)]
    return fill(
        '<div class="finding marks"><div class="label">{label}</div>{table}{said}</div>',
        label=w("marks.title"),
        table=table(head, rows),
        said=several('<p class="small">{x}</p>', ({"x": x} for x in _said(given, called, names, w))),
    )


def _said(given: Marks, called: Mapping[str, str], names: Mapping[str, str], w: Words) -> list[str]:
    """What the signs mean, each only where it stands."""
    unknown = w("value.unknown")
    decisive = [
        f"{DECISIVE} {w('marks.decisive', expert=called[e], bidder=visible(names.get(b, unknown)))}"
        for e, b in given.decisive.items()
    ]
    alike = [f"{ALIKE} {w('marks.alike', one=called[a], other=called[b])}" for a, b in given.alike]
    far = [f"{FAR_OFF} {w('marks.far', share=f'{FAR:.0%}')}"] if given.totals["far"].any() else []
    uneven = [f"{UNEVEN} {w('marks.uneven')}"] if given.totals["uneven"].any() else []
    ends = [f"{HIGHEST} {LOWEST} {w('marks.ends')}"] if decisive else []
    return [*decisive, *ends, *alike, *far, *uneven]


def _called(number: int, expert: str, w: Words, *, personal: bool) -> str:
    return w("marks.expert", n=number, id=visible(expert) if personal else masked_id(expert))


def _ends(given: Marks) -> dict[tuple[str, float], str]:
    """The signs of the highest and the lowest total of the experts who decided."""
    of_expert = given.totals.filter(pl.col("expert_id").is_in(list(given.decisive))).group_by("expert_id")
    ends = of_expert.agg(pl.col("total").max().alias("high"), pl.col("total").min().alias("low"))
    rows = ends.rows()
    return {(e, high): f" {HIGHEST}" for e, high, _ in rows} | {(e, low): f" {LOWEST}" for e, _, low in rows}


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _if(holds: bool, sign: str) -> str:
    return f" {sign}" if holds else ""
