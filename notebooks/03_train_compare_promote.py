# %% [markdown]
# # Train, compare, promote
#
# Reviewers have decided on some tenders. What can be learned from that, is a new model better than the one in
# use, and who says so? This is the monthly round, by hand: labels, the frozen test, a champion, a challenger
# that is refused, and the way back. On the command line the same is `bidlens train`, `evaluate`, `promote`,
# `rollback`.

# %%
import json
import os
import tempfile
from datetime import timedelta
from pathlib import Path

import altair as alt
import numpy as np
import polars as pl

from models.champion import load_champion, promotions
from models.compare import MAIN, curve, figures, said
from models.frame import model_frame
from models.labels import LABEL
from models.promotion import WorseThanChampionError, promote, rollback
from models.protocol import Trial, frozen
from models.registry import evaluate, train
from models.scorer import make
from records.source import UNREADABLE, Raw
from records.store import Store

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
workspace = Path(tempfile.mkdtemp())
store = Store.open_or_create(workspace)
report = store.import_("tables", SAMPLE)

# %% [markdown]
# ## Decisions
# In life they come from reviewers and courts. Here the sample's ground truth plays a court that speaks a
# month after each deadline, of every ring tender and of two honest ones in three. What nobody decided on
# stays without a label: *unreviewed is not clean*.

# %%
ruled = pl.read_parquet(SAMPLE / "truth" / "tenders.parquet")["tender_id"]
rng = np.random.default_rng(7)
tenders = store.market().tenders.select("tender_id", "deadline_at").drop_nulls().sort("tender_id").collect()
spoken = tenders.with_columns(collusive=pl.col("tender_id").is_in(ruled.to_list())).filter(
    pl.col("collusive") | pl.Series(rng.random(tenders.height) < 2 / 3)
)
decisions = spoken.select(
    pl.format("D-{}", "tender_id").alias("decision_id"),
    "tender_id",
    "collusive",
    (pl.col("deadline_at") + timedelta(days=30)).alias("known_at"),
    pl.lit("court").alias("kind"),
    pl.lit(1.0).alias("strength"),
    pl.lit("notebook").alias("source_table"),
    pl.col("tender_id").alias("source_record"),
)
taken = store.take("notebook", [Raw({"decisions": decisions}, pl.DataFrame(schema=UNREADABLE))])
frame = model_frame(store.market())
print(frame.group_by(pl.col(LABEL)).len().sort(LABEL))

# %% [markdown]
# ## The test is drawn once
# The last three tenths of the collusive tenders, and everything decided on in that time, are put away before
# anything is learned, and stay away for every version of every model. The strictest demands that leave enough
# to learn from are kept and printed: are the test's firms barred from training, and were labels known at the
# cut? With forty ring tenders firms may have to recur; then the figures flatter, and the protocol says so.

# %%
trial = frozen(workspace, store.market(), frame)
assert trial is not None
for key, value in trial.protocol.told().items():
    print(f"{key:<15} {value}")

# %% [markdown]
# ## The first model takes the place
# The robust tail score needs no labels, so it is what most places begin with. It is judged on the test all
# the same: that is the figure to beat.

# %%
first = train(frame, "ecod", workspace, data_version=store.version, trial=trial)
print(f"{first.name} version {first.version}, champion: {first.champion}")

# %% [markdown]
# ## A challenger that learned from decisions
# A *twin* of the challenger learns from the training side alone and is judged; the challenger itself learns
# from everything. The interval is of the difference, whole companies of firms drawn anew. With a dozen
# collusive tenders in the test it is wide, and it should be: whoever shows you a third digit here is
# guessing.

# %%
second = train(frame, "tender_boosting", workspace, data_version=store.version, trial=trial, base_rate=0.07)
table = evaluate(workspace, "tender_boosting")
SHOWN = (MAIN, "roc_auc", "precision_at_5%", "recall_at_50", "brier")
print(table.filter(pl.col("metric").is_in(SHOWN)))
table_chart = (
    alt.Chart(table.filter(pl.col("metric").is_in(SHOWN), pl.col("difference").is_not_null()))
    .mark_rule(strokeWidth=3, color="#94a3b8")
    .encode(
        x=alt.X("low", title="challenger less champion"), x2="high", y=alt.Y("metric", title=None, sort=None)
    )
)
points = table_chart.mark_circle(size=90, color="#c2410c").encode(x="difference", x2=alt.Undefined)
zero = alt.Chart(pl.DataFrame({"x": [0]})).mark_rule(strokeDash=[4, 4]).encode(x="x")
(zero + table_chart + points).properties(width=420, height=160, title="Is it better, and how sure is that?")

# %% [markdown]
# ## Promotion, and refusal
# A challenger that is worse in average precision by any margin is refused, with the table. Here is one that
# learned from turned labels, as if somebody had mixed up a column: exactly what the gate is for.

# %%
if (table.filter(metric=MAIN)["difference"].item() or 0) >= 0:
    print("promoted version", promote(workspace, "tender_boosting"))
turned = Trial(trial.protocol, trial.training.with_columns(~pl.col(LABEL)), trial.test)
spoilt = train(frame.with_columns(~pl.col(LABEL)), "tender_boosting", workspace, trial=turned)
try:
    promote(workspace, "tender_boosting")
except WorseThanChampionError as refused:
    print("refused:", refused.what)

# %% [markdown]
# `--force --reason` overrules, and the reason stays on record for whoever asks next year. And back again:

# %%
print("forced:", promote(workspace, "tender_boosting", force="a drill, to see the way back"))
back = rollback(workspace)
print(f"back to {back['name']} version {back['version']}")
for change in promotions(workspace):
    print(f"  {change['at'][:16]}  {change['name']} {change['version']}: {change['why']}")
champion = load_champion(workspace)
assert champion is not None

# %% [markdown]
# ## Do the probabilities mean anything?
# Of tenders that were given a tenth, one in ten should be found collusive. The curve below is of the held-out
# tenders and is kept beside the model. The probability holds at a base rate that you may set; a wrong base
# rate gives wrong probabilities, never a wrong order.

# %%
twin = make("tender_boosting").fit(trial.training)
scored = said(twin.score(trial.test))
reliable = pl.DataFrame(curve(scored, trial.protocol))
diagonal = alt.Chart(pl.DataFrame({"x": [0, 1]})).mark_line(strokeDash=[4, 4], color="#94a3b8")
reliability_chart = (
    diagonal.encode(x="x", y="x")
    + alt.Chart(reliable)
    .mark_line(point=True, color="#c2410c")
    .encode(x=alt.X("stated", title="stated probability"), y=alt.Y("observed", title="share found collusive"))
).properties(width=280, height=280, title="Stated and observed")
print(
    {name: round(float(value), 3) for name, value in figures(scored, trial.protocol).items() if name in SHOWN}
)
reliability_chart

# %% [markdown]
# ## What the artefact is
# One file with a checksum: plain values, arrays, and estimators that are opened with a list of types that
# this code owns. A changed file, other feature names or other versions are refused by name. Never a pickle:
# whoever can write to the folder could run anything.

# %%
entry = json.loads((workspace / "models" / "champion.json").read_text())
print({key: str(value)[:60] for key, value in entry.items()})

# %% [markdown]
# ## A real market
# Brazilian public works: a hundred tenders, a third of them labelled. There the ring *is* the usual, so that
# a score of the unusual puts it last; decisions turn that round. The demands had to be lowered to labels
# known today, and the same firms stand on both sides: the second figure flatters.

# %%
file = (
    Path(os.environ.get("BIDLENS_DATA", SAMPLE / "absent"))
    / "garcia-2022"
    / "DB_Collusion_Brazil_processed.csv"
)
if file.exists():
    real = Path(tempfile.mkdtemp())
    theirs = Store.open_or_create(real)
    theirs.import_("garcia2022", file)
    rows = model_frame(theirs.market())
    held = frozen(real, theirs.market(), rows)
    if held is None:
        print("too few labels for a frozen test")
    else:
        print({k: held.protocol.told()[k] for k in ("firms", "known", "test_collusive", "test_other")})
        for name in ("ecod", "tender_boosting"):
            told = figures(said(make(name).fit(held.training).score(held.test)), held.protocol)
            print(f"{name:<16} average precision {told[MAIN]:.2f}, ROC-AUC {told['roc_auc']:.2f}")
else:
    print(f"no copy of the supplement: {file.name}")

# %% [markdown]
# ## How to read all this
# A model that learned from decisions repeats what was decided, blind spots included: rings that nobody
# reviewed are in its negatives, and firms that were convicted once look convicted again. That is why a share
# of the queue is drawn at random, why those labels weigh more, and why the table is printed before anybody is
# promoted.

# %%
print(
    "Innocent reading: a high score says 'like what was found before', and an honest firm may be like that."
)
