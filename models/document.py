"""The page that describes every model, made from the models themselves: `python -m models.document`."""

import inspect
from pathlib import Path

from models import strata
from models.boosting import FEWEST, FOLDS
from models.compare import MAIN
from models.drift import FDR, MOVED
from models.likeness import BASE_RATE
from models.protocol import DEMANDS
from models.scorer import UNSCORED, Scorer, all_models
from models.unusual import EXPLAINED_FROM

PAGE = Path("docs/models.md")

_INTRO = f"""# Models

Made by `python -m models.document` from the models themselves; do not edit.

Most models say how **unusual** a tender is among its like; `tender_boosting` says how much it looks
like those that were found collusive, and `stack` weighs hits of rules and the other models' scores with
it (see below). `bid_boosting` and `bidder_boosting` say so of single bids and of firms. Unusual is not
collusive: a price war, a specialist job or a data slip are unusual too, and a ring that mimics competition
is not. Where rings act in a large share of all tenders, the ring is the usual. On the four labelled
markets of García Rodríguez et al. (2022), where 18 to 75 % of tenders are labelled, price screens alone
order tenders no better than chance (ROC-AUC .45 to .53, fitted on the same market without its labels). How
closely the bidders keep company, which needs dates and bidder ids, adds something in one of the two markets
that have both (Ohio .69, Brazil .46). So a model adds to attention and never raises a RED alert;
of a score that has read hits of rules (`stack`) only what it would be without them counts beside the
points of the hits, and what is shown is the whole score. A rare score may lift a YELLOW alert to ORANGE as
one more kind of evidence, though not where every finding is of a family of rules that reads the same columns:
low dispersion and a score that rests on dispersion are one observation.
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


_LOOP = f"""
## Learning from decisions

Decisions on record (table `decisions`: court, penalty, reviewer, study, ...) are labels with a
strength and the moment they became known; `bidlens learn` brings those of the desk there.
{FEWEST}
tenders found collusive and as many others are the least. Louvain communities of firms that meet are
kept whole in {FOLDS} folds, so every probability is
calibrated on companies of firms that the judging member has not seen. Unreviewed tenders are not
clean: they stand in for clean ones at half weight, each member drawing its own, and where reviewers
cleared nobody the probability is the base rate times a ratio of densities. A label weighs its
strength over the probability with which its tender came under review (`selection` of the queue): 1 in
the queue, the drawn share in the random audit. With an audit on record the base rate is estimated,
else it is {BASE_RATE:.0%} or what `bidlens train --base-rate` says; wrong base rates give wrong
probabilities, not wrong ranks. One simulated market of 3,000 tenders (seed 201, 306 reviewed before a
cut, 105 of them collusive), scored on the 901 tenders after it, 5.2 % touched by a ring: ROC-AUC .92
and average precision .62, against .80 and .13 of
`ecod`, mean probability 4.8 % at a base rate of 5 %; firms recur between the two sides, and the
simulator was written by the same hands.

Reasons are exact Shapley values of the trees in log-odds, checked in the tests by deletion, insertion
and bootstrap. `probability` and `verdict` (`look`, `pass`, `abstain` where the members disagree)
stand beside the score.

## Bids and firms

A model is of one grain, and every grain has a champion, a frozen test and probabilities of its own:
`bidlens train --model bid_boosting`, `--model bidder_boosting`, then `promote`, `evaluate`, `rollback` with
the same option. `bidlens score` writes what the champions say into the run (`bid_scores`, `party_scores`);
`bidlens explain TENDER` and the case page show it beside the bids, `bidlens parties PARTY` and the page of
parties beside alerts about firms, whose attention it adds to, as a screen's weight, never more. Their
labels are decisions that name a bidder; those on a tender as a whole only clear its bids.

Measured on García et al. (2022), labels of bids and of firms, companies of firms or later tenders held
out as the frozen test draws them: bids of Brazil after the cut ROC-AUC .76, average precision .75 at a share
of .31 (no firm recurs); bids of Italy, which has no dates, of unseen companies ROC-AUC .56, average
precision .34 at .30; firms of Italy ROC-AUC .78, average precision .23 at .10. The benchmark reaches
more for bids of Italy (.82) with habits of firms over the whole market, also after the bid, which
`bid_boosting` does not read and `bidder_boosting` does. Brazil has too few firms of three tenders or more
for a test.

## Groups

`coalition` and `group_evidence` score every group of firms that keep company, with reasons, in every run of
`bidlens score`; they learn from the market that they score and need no training, so `bidlens train` refuses
them. `bidlens parties` and the page of parties show them, with reasons, beside alerts that rules raised.
Neither counts towards attention or level: `group_evidence`, since the rules of groups weigh the same tests,
`coalition`, since it tells rings from others no better than chance:

Measured on two simulated markets of 3,000 tenders (seeds 11 and 12; 43 and 35 groups, of which 17 and 19 are
at least half members of planted rings): `group_evidence` ROC-AUC .76 and .76, of the planted groups 47 % and
58 % at .95 or more, of the others 8 % and 13 %. `coalition` ROC-AUC .54 and .49, at .95 or more 24 % and
11 % of the planted groups, 15 % and 13 % of the others: how the members' prices lie among each other does
not tell these rings from firms that are alike for other reasons, and firms that keep company are alike more
often than the 5 % of random bidders. Italy (76 groups, 11 of which at least half firms found to collude):
`coalition` .55, at .95 or more 9 % of these and 22 % of the others; `group_evidence` .54, none and 12 %.
Brazil has no group by the measure of company.

## The frozen test

The first `bidlens train` with enough labels draws `models/protocol.json` and never draws it again:
the last 30 % of the collusive tenders and all labelled ones of that time are held out. A twin of
every version learns from what is left and is judged there; the version itself learns from everything.
Demands on what a twin may learn from, of which the strictest that leaves enough is kept and printed:

{chr(10).join(f"{n}. {firms}; {known}" for n, (firms, known) in enumerate(DEMANDS, 1))}

Markets without dates are parted by companies of firms. `bidlens promote` refuses a challenger whose
`{MAIN}` is below the champion's, by any margin; the table shows the interval of the difference,
companies of firms drawn anew. `--force --reason TEXT` overrules and is kept in
`models/promotions.jsonl`. Without enough labels nothing is compared. A run keeps the model, the
protocol, the figures, the test's scores, the reliability curve and a plot. MLflow lies in the
workspace unless `BIDLENS_MLFLOW_URI` (or MLflow's own `MLFLOW_TRACKING_URI`) names a server; there
`bidlens fetch` takes over the champion that another workspace promoted. `stack` is trained, promoted and
scored with like the others (`bidlens train --model stack`); its artefact names the rules and their versions,
and scoring is refused where one of them is another by now.

## Every month

`bidlens train` makes a new challenger and prints the table. `bidlens drift` compares each month with
the twelve before it: what models read, how often rules hit, how scores lie, how much is recorded.
`moved` asks for a stability index of {MOVED} and a false-discovery rate of {FDR:.0%}.

## Detection power

`bidlens power` plants rings in the market at hand, scores it, and counts a ring as found when two of
its tenders are among the first per cent. The rings leave no trace but company and prices, and bid as
textbook cover bidding says; a ring that is cleverer is found less often, one that leaves traces more
often. The champion judges, and where that is `stack`, every round judges the rules as well.
"""


def page() -> str:
    """The page as Markdown."""
    reasons = [f"  * `{code}`: {en} {zh}" for code, (en, zh) in UNSCORED.items()]
    return "\n".join([_INTRO + "\n".join(reasons), *map(_card, all_models().values()), _LOOP])


def _card(cls: type[Scorer]) -> str:
    lines = [
        f"\n## {cls.title_en} / {cls.title_zh}\n",
        inspect.getdoc(cls) or "",
        f"\n* name: `{cls.name}`\n* grain: {cls.grain.value}",
        f"* reads: {', '.join(f'`{c}`' for c in cls.inputs)}",
        f"* must not see: {cls.must_not_see}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
