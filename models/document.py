"""The page that describes every model, made from the models themselves: `python -m models.document`."""

import inspect
from pathlib import Path

from models import strata
from models.scorer import UNSCORED, Scorer, all_models
from models.unusual import EXPLAINED_FROM

PAGE = Path("docs/models.md")

_INTRO = f"""# Models

Made by `python -m models.document` from the models themselves; do not edit.

A model says how **unusual** a tender is among its like. Unusual is not collusive: a price war, a
specialist job or a data slip are unusual too, and a ring that mimics competition is not. Where rings
act in a large share of all tenders, the ring is the usual. On the four labelled markets of García
Rodríguez et al. (2022), where 18 to 75 % of tenders are labelled, price screens alone order tenders
no better than chance (ROC-AUC .45 to .53, fitted on the same market without its labels). How closely
the bidders keep company, which needs dates and bidder ids, adds something in one of the two markets
that have both (Ohio .69, Brazil .46). So a model adds to attention and never raises a RED alert.
`python -m benchmarks.rings` says what each model adds on markets with planted rings.

## How to read a score

* `score`: share of the stratum's tenders that are less unusual, 0 to 1. Either end of a screen counts;
  no direction is assumed.
* `stratum`, `stratum_n`: the tenders compared with, and how many: award mechanism and number of bids.
  Below {strata.MIN_STRATUM} tenders the comparison widens: coarser bid counts, then any mechanism, then
  the whole market. Below {strata.MIN_MARKET} tenders nothing is scored.
* `reasons`: up to three screens with their value, the 10th to 90th percentile of the stratum, and
  their share of the score. `score` gives them from percentile {EXPLAINED_FROM:.2f} on, `explain` for any
  tender.
* A screen is used in a stratum when {strata.MIN_KNOWN:.0%} of its tenders have it, it takes
  {strata.MIN_DISTINCT} values or more, and no other screen ranks the stratum alike
  (correlation {strata.SAME}). An unknown value makes nothing unusual and is never a reason.
* No score is not a low score. `unscored_reason` says why there is none:
"""


def page() -> str:
    """The page as Markdown."""
    reasons = [f"  * `{code}`: {en} {zh}" for code, (en, zh) in UNSCORED.items()]
    return "\n".join([_INTRO + "\n".join(reasons), *map(_card, all_models().values())]) + "\n"


def _card(cls: type[Scorer]) -> str:
    lines = [
        f"\n## {cls.title_en} / {cls.title_zh}\n",
        inspect.getdoc(cls) or "",
        f"\n* name: `{cls.name}`\n* grain: {cls.grain.value}",
        f"* reads: {', '.join(f'`{c}`' for c in cls.inputs)}",
        "* must not see: ids, names, dates, amounts of money, outcomes, labels",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
