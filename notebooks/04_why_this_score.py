# %% [markdown]
# # Why was this tender scored so
#
# A score without reasons is a rumour. Here is one tender from the top of a model's list, taken apart: what
# each column adds, in which units, beside what is usual among its like; then three checks that the reasons
# are the model's and not a story told afterwards.

# %%
import os
import tempfile
from pathlib import Path

import altair as alt
import numpy as np
import polars as pl

from models.frame import model_frame
from models.labels import LABEL, UNIT, WEIGHT
from models.reasons import deletion, insertion, sentence, stability
from models.tender_boosting import EVIDENCE, TenderBoosting
from records.store import Store

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
store = Store.open_or_create(Path(tempfile.mkdtemp()))
report = store.import_("tables", SAMPLE)

# %% [markdown]
# ## A model that learned from four years of decisions
# The sample's ground truth plays the courts. The newest quarter of the tenders is kept out, and the tender
# that we take apart comes from there.

# %%
ruled = pl.read_parquet(SAMPLE / "truth" / "tenders.parquet")
frame = model_frame(store.market()).sort("deadline_at", "tender_id")
frame = frame.with_columns(
    pl.col("tender_id").is_in(ruled["tender_id"].to_list()).alias(LABEL),
    pl.lit(1.0).alias(WEIGHT),
    (pl.int_range(pl.len()) % 40).alias(UNIT),
)
learned, fresh = frame.head(frame.height * 3 // 4), frame.tail(frame.height // 4)
model = TenderBoosting().fit(learned)
told = model.explain(fresh).sort("score", "tender_id", descending=[True, False])
print(told.select("tender_id", "score", "probability", "verdict", "stratum").head(5))

# %% [markdown]
# `probability` holds where one tender in twenty is collusive, unless you say otherwise. `verdict` is
# `abstain` where the five members of the model disagree: that is not a low score, it is no answer.
#
# ## The sentence
# What an alert says, in both languages. Each value stands beside the range that eight of ten tenders of its
# stratum keep to.

# %%
(worst,) = told.head(1).to_dicts()
print(sentence(worst["reasons"]))
print(sentence(worst["reasons"], "zh"))

# %% [markdown]
# ## What adds up to the score
# Shapley values: every column's share of the way from the average tender's log-odds to this one's. They add
# up exactly; what pulls the other way is shown too, since a reviewer will ask.

# %%
of_worst = fresh.filter(pl.col("tender_id") == worst["tender_id"])
inputs, margin = model.margins(of_worst)
assert model.boosted is not None
added = model.boosted.contributions(inputs)[0]
names = [*EVIDENCE, "n_valid"]
bars = pl.DataFrame({"column": names, "adds": added, "value": of_worst.select(names).cast(pl.Float64).row(0)})
strongest = bars.sort(pl.col("adds").abs(), descending=True).head(10)
shapley_chart = (
    alt.Chart(strongest)
    .mark_bar()
    .encode(
        x=alt.X("adds", title="adds to the log-odds"),
        y=alt.Y("column", title=None, sort=None),
        color=alt.condition(alt.datum.adds > 0, alt.value("#c2410c"), alt.value("#64748b")),
        tooltip=["column", "value", "adds"],
    )
    .properties(width=420, height=240, title=f"Tender {worst['tender_id']}")
)
print(f"log-odds {margin[0]:.2f}, of which the columns add {added.sum():.2f} to the average")
shapley_chart

# %% [markdown]
# ## Where its values lie
# The same columns as ranks within the stratum, for all fresh tenders (ticks) and this one (dot). A reason
# should look like one: at the rim. If the dot sits in the crowd, the model has a combination in mind, and you
# should ask for a second opinion.

# %%
ranks = pl.DataFrame(model.margins(fresh.filter(pl.col("n_valid") >= 2))[0], schema=names)
shown = strongest["column"].to_list()[:6]
crowd = ranks.select(c for c in shown if c != "n_valid").unpivot(variable_name="column", value_name="rank")
here = pl.DataFrame({"column": names, "rank": inputs[0]}).filter(
    pl.col("column").is_in(shown), pl.col("column") != "n_valid"
)
y = alt.Y("column", title=None, sort=shown)
rank_chart = (
    alt.Chart(crowd).mark_tick(color="#cbd5e1").encode(x=alt.X("rank", title="rank in its stratum"), y=y)
    + alt.Chart(here).mark_circle(size=120, color="#c2410c", opacity=1).encode(x="rank", y=y)
).properties(width=420, height=180, title="Among its like")
rank_chart

# %% [markdown]
# ## Are these the model's reasons?
# *Deletion*: put the named columns back to the middle, one after another, and the score must fall faster than
# with columns picked blindly. *Insertion*: put them into an all-usual tender, and it must rise faster. At
# zero, the reasons might as well have been drawn.

# %%
top = fresh.join(told.head(15).select("tender_id"), on="tender_id", how="semi")
rows, _ = model.margins(top)
adds, middle = model.boosted.contributions(rows), np.median(ranks.to_numpy(), axis=0)
print(
    f"deletion:  falls {deletion(rows, adds, model.boosted.margin, middle):.2f} log-odds faster than blindly"
)
print(
    f"insertion: rises {insertion(rows, adds, model.boosted.margin, middle):.2f} log-odds faster than blindly"
)
steps = []
blindly = np.tile(np.arange(rows.shape[1]), (len(rows), 1))
for way, order in (("named first", np.argsort(-adds, axis=1)), ("blindly", blindly)):
    changed = rows.copy()
    for k in range(9):
        mean = float(model.boosted.margin(changed).mean())
        steps.append({"columns put back": k, "mean log-odds": mean, "way": way})
        changed[np.arange(len(rows)), order[:, k]] = middle[order[:, k]]
deletion_chart = (
    alt.Chart(pl.DataFrame(steps))
    .mark_line(point=True)
    .encode(x="columns put back:O", y="mean log-odds", color=alt.Color("way", title=None))
    .properties(width=360, height=220, title="Taking reasons away")
)
deletion_chart

# %% [markdown]
# *Stability*: a model fitted on a resample of the same decisions should name the same columns. With thirty
# collusive tenders to learn from it names about half of them again. Read the reasons as a place to begin.

# %%
resampled = learned.sample(learned.height, with_replacement=True, seed=3).unique("tender_id")
again = TenderBoosting().fit(resampled)
assert again.boosted is not None
others = again.boosted.contributions(again.margins(top)[0])
print(f"of three reasons a resampled model shares {stability([adds, others]):.0%}")

# %% [markdown]
# ## A real tender
# Of every fifth tender of the Brazilian public works the one that looks most like those found collusive, by a
# model that learned from the other four fifths.

# %%
file = (
    Path(os.environ.get("BIDLENS_DATA", SAMPLE / "absent"))
    / "garcia-2022"
    / "DB_Collusion_Brazil_processed.csv"
)
if file.exists():
    real = Store.open_or_create(Path(tempfile.mkdtemp()))
    real.import_("garcia2022", file)
    theirs = model_frame(real.market()).sort("tender_id").with_row_index("place")
    apart = pl.col("place") % 5 == 0
    judge = TenderBoosting().fit(theirs.filter(~apart))
    (found,) = (
        judge.explain(theirs.filter(apart)).sort("score", descending=True, nulls_last=True).head(1).to_dicts()
    )
    print(f"tender {found['tender_id']}, {found['probability']:.0%} at a base rate of 5 %")
    print(sentence(found["reasons"]))
else:
    print(f"no copy of the supplement: {file.name}")

# %% [markdown]
# ## How to read all this
# Reasons say why the *model* scored so, not what the *firms* did. Each has an innocent twin: low dispersion
# and a published price list, company and a small trade, a lonely winner and the only machine in the county.
# The rules' findings name their twins one by one; ask for them before you call anybody.

# %%
print("Innocent reading: the reasons are the model's; what they mean is for people to find out.")
