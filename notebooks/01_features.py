# %% [markdown]
# # What features show
#
# A rigged and an honest tender side by side, the firms behind them over time, and then the same columns on a
# real market with court labels. Everything here is a lead at best: each picture ends with what else it could
# mean. Runs on the sample market; the last part needs a copy of the García et al. (2022) supplement in the
# folder that the environment variable `BIDLENS_DATA` names, and says so where there is none.

# %%
import os
import tempfile
from pathlib import Path

import altair as alt
import polars as pl
from sklearn.metrics import roc_auc_score

from features.build import Build
from features.catalogue import CATALOGUE, Grain
from records.store import Store

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
TRUTH = SAMPLE / "truth"
COLOURS = alt.Scale(domain=["ring", "honest"], range=["#c2410c", "#64748b"])

store = Store.open_or_create(Path(tempfile.mkdtemp()))
store.import_("tables", SAMPLE)
build = Build(store.market())
tenders = build.grain(Grain.TENDER).collect()
bids = build.grain(Grain.BID).collect()
truth = pl.read_parquet(TRUTH / "tenders.parquet")
members = pl.read_parquet(TRUTH / "members.parquet")
print({grain.value: len(CATALOGUE.columns(grain)) for grain in Grain})

# %% [markdown]
# ## Two tenders
# The rigged one is the tender with the most ring members among its bidders. The honest one is of the same
# category if there is one, awarded in the same way, with as many bids, and no planted look-alike.

# %%
planted = truth.filter(pl.col("scheme") != "mimic").join(tenders, on="tender_id")
cheap = planted.filter(pl.col("mechanism") == "lowest")
rigged = cheap.sort("n_members", -pl.col("n_valid"), "tender_id").row(-1, named=True)
strange = pl.concat([truth["tender_id"], pl.read_parquet(TRUTH / "lookalikes.parquet")["tender_id"]])
ordinary = ~pl.col("tender_id").is_in(strange.to_list()) & pl.col("bid_cv_null").is_not_null()
plain = tenders.filter(ordinary, pl.col("mechanism") == "lowest")
honest = plain.sort(
    pl.col("category") != rigged["category"], (pl.col("n_valid") - rigged["n_valid"]).abs(), "tender_id"
).row(0, named=True)
pair = pl.DataFrame({"tender_id": [rigged["tender_id"], honest["tender_id"]], "which": ["ring", "honest"]})
for row in (rigged, honest):
    print(
        f"{row['tender_id']}: {row['n_valid']} bids, CV {row['bid_cv']:.3f}, gap {row['bid_gap_ratio']:.3f}"
    )

# %% [markdown]
# ### Their bids
# Each dot is a bid over the lowest of its tender. Cover bids tend to stand away from the winner and close to
# one another. So do bids of firms that all price from one published list.

# %%
of_pair = bids.join(pair, on="tender_id").filter(pl.col("bid_to_lowest").is_not_null())
bids_chart = (
    alt.Chart(of_pair.select("which", "bid_to_lowest", "bidder_id"))
    .mark_circle(size=120, opacity=0.8)
    .encode(
        x=alt.X("bid_to_lowest", title="bid over the lowest bid", scale=alt.Scale(zero=False)),
        y=alt.Y("which", title=None),
        color=alt.Color("which", scale=COLOURS, legend=None),
        tooltip=["bidder_id", "bid_to_lowest"],
    )
    .properties(width=640, height=100, title="Two tenders, bid by bid")
)
bids_chart

# %% [markdown]
# ### Where their screens lie among competitive tenders
# A coefficient of variation of 0.02 means one thing with three bids and another with ten. The `_null` columns
# say it as a share: how many competitive tenders with as many bids lie at or below. Competition spreads them
# evenly between 0 and 1; the ticks are all tenders of the sample, the large marks are the two.

# %%
shares = [name for name in CATALOGUE.columns(Grain.TENDER) if name.endswith("_null")]
long = (
    tenders.select("tender_id", *shares)
    .unpivot(index="tender_id", variable_name="screen", value_name="share")
    .drop_nulls()
    .with_columns(pl.col("screen").str.replace("_null", "").str.replace_all("_", " "))
)
y = alt.Y("screen", title=None)
ticks = (
    alt.Chart(long.sample(min(4_000, long.height), seed=1))
    .mark_tick(color="#cbd5e1", thickness=1)
    .encode(x=alt.X("share", title="share of competitive tenders at or below"), y=y)
)
marks = (
    alt.Chart(long.join(pair, on="tender_id").select("screen", "share", "which"))
    .mark_circle(size=130, opacity=1)
    .encode(x="share", y=y, color=alt.Color("which", scale=COLOURS, title=None))
)
screens_chart = (ticks + marks).properties(width=640, title="The two tenders among competitive ones")
screens_chart

# %% [markdown]
# One tender seldom settles anything: an honest tender has a few extreme shares too, since there are many
# screens. What follows looks at firms over time.

# %% [markdown]
# ## A ring over time
# Rows are the ring's firms, columns its meetings in the order of their deadlines. Filled marks won. Turns
# that are taken look like a staircase, a designated winner like a filled line. Firms that alternate because
# each has the capacity for one contract at a time make the same staircase.

# %%
ring = truth.group_by("ring_id").len().sort("len", "ring_id")["ring_id"][-1]
of_ring = members.filter(pl.col("ring_id") == ring).select("bidder_id")
met = (
    bids.join(of_ring, on="bidder_id", how="semi")
    .join(truth.filter(pl.col("ring_id") == ring), on="tender_id", how="semi")
    .sort("deadline_at", "tender_id")
    .with_columns(pl.col("tender_id").rle_id().alias("meeting"))
)
scheme = members.filter(pl.col("ring_id") == ring)["scheme"][0]
print(f"ring {ring} ({scheme}): {of_ring.height} firms, {met['tender_id'].n_unique()} meetings")
ring_chart = (
    alt.Chart(met.select("meeting", "bidder_id", "won", "bid_to_lowest"))
    .mark_square(size=220, strokeWidth=2, stroke="#c2410c")
    .encode(
        x=alt.X("meeting:O", title="meeting"),
        y=alt.Y("bidder_id", title=None, axis=alt.Axis(labelLimit=160)),
        fill=alt.Fill(
            "won:N", scale=alt.Scale(domain=[True, False], range=["#c2410c", "white"]), title="won"
        ),
        tooltip=["bidder_id", "won", "bid_to_lowest"],
    )
    .properties(width=640, title="Who met and who won")
)
ring_chart

# %% [markdown]
# ## Meetings against chance
# Two firms of one trade and place meet anyway. `expected_joint` is how often chance brings them together,
# given how often each bids in the strata where both are active. The sample is small and its firms are few:
# most pairs of ring members do not stand out here, and that is what the picture shows.

# %%
pairs = (
    build.grain(Grain.PAIR).select("bidder_a", "bidder_b", "n_joint", "expected_joint", "joint_q").collect()
)
firm_rings = members.select("bidder_id", "ring_id").unique()
together = (
    firm_rings.join(firm_rings, on="ring_id", suffix="_b")
    .select(bidder_a="bidder_id", bidder_b="bidder_id_b", which=pl.lit("ring"))
    .unique(["bidder_a", "bidder_b"])
)
seen = pairs.join(together, on=["bidder_a", "bidder_b"], how="left").with_columns(
    pl.col("which").fill_null("honest")
)
pairs_chart = (
    alt.Chart(seen)
    .mark_circle(opacity=0.7)
    .encode(
        x=alt.X("expected_joint", title="meetings by chance", scale=alt.Scale(type="sqrt")),
        y=alt.Y("n_joint", title="meetings seen", scale=alt.Scale(type="sqrt")),
        color=alt.Color("which", scale=COLOURS, title=None),
        tooltip=["bidder_a", "bidder_b", "n_joint", "joint_q"],
    )
    .properties(width=420, height=420, title="Pairs of firms")
)
print(
    seen.group_by("which").agg(
        pl.len(), (pl.col("n_joint") / pl.col("expected_joint")).median().alias("lift")
    )
)
pairs_chart

# %% [markdown]
# ## Groups
# Communities of the affinity graph overlap, since a firm may sit in several circles. Being a group is no
# finding: honest circles exist too. What counts are tests that take the company as given: who wins, in which
# order, where, and at what price when an outsider comes.

# %%
groups = build.grain(Grain.GROUP).collect()
tests = [name for name, c in CATALOGUE.columns(Grain.GROUP).items() if c.unit == "probability"]
tests = [name for name in tests if name in groups.columns]
print(groups.select("group_id", "group_size", "group_tenders", "group_top_share", *tests).head(5))
print(
    build.table("group_members").select("group_id", "bidder_id", "contest_wins", "contests", "role").collect()
)

# %% [markdown]
# ## A real market
# Brazilian public works with court findings (García Rodríguez et al. 2022): does a tender's own dispersion
# separate, or that of the tenders which share its bidders? The direction is what differs from market to
# market, so never orient a column by one theory: in Brazil rigged tenders lie *low*, in Ohio their neighbours
# lie *high*.

# %%
FILES = {
    "Brazil": "DB_Collusion_Brazil_processed.csv",
    "Italy": "DB_Collusion_Italy_processed.csv",
    "Ohio": "DB_Collusion_America_processed.csv",
}
SHOWN = ("bid_cv", "n_valid", "ks_uniform", "bid_gap_ratio", "bid_skewness")


def labelled(path: Path) -> pl.DataFrame:
    """Tender screens of one file, those of neighbours, and the tender-level label."""
    real = Store.open_or_create(Path(tempfile.mkdtemp()))
    real.import_("garcia2022", path)
    market = real.market()
    label = market.decisions.filter(pl.col("bidder_id").is_null()).select("tender_id", "collusive")
    frame = Build(market).grain(Grain.TENDER, also=["propagated_screens_market"])
    return frame.join(label, on="tender_id").collect()


def separation(market: str, frame: pl.DataFrame) -> list[dict[str, object]]:
    """ROC-AUC of single columns: 0.5 is chance, below it the column points the other way."""
    columns = {c: c for c in SHOWN} | {f"{c} of neighbours": f"{c}_near1_market" for c in SHOWN}
    rows = []
    for name, column in columns.items():
        known = frame.select(column, "collusive").drop_nulls()
        auc = roc_auc_score(known["collusive"].to_numpy(), known[column].to_numpy())
        rows.append({"market": market, "column": name, "auc": float(auc), "tenders": known.height})
    return rows


folder = Path(os.environ.get("BIDLENS_DATA", SAMPLE / "absent")) / "garcia-2022"
there = {market: folder / file for market, file in FILES.items() if (folder / file).exists()}
frames = {market: labelled(path) for market, path in there.items()}
auc = pl.DataFrame([row for market, frame in frames.items() for row in separation(market, frame)])
print(auc.to_pandas().to_string() if frames else f"no copy of the supplement in {folder}")

# %%
chance = alt.Chart(pl.DataFrame({"auc": [0.5]})).mark_rule(color="#94a3b8").encode(x="auc")
real_chart = chance + alt.Chart(auc).mark_circle(size=90).encode(
    x=alt.X("auc", title="ROC-AUC of the single column", scale=alt.Scale(domain=[0, 1])),
    y=alt.Y("column", title=None, sort=None, axis=alt.Axis(labelLimit=220)),
    color=alt.Color("market", title=None),
    tooltip=["market", "column", "auc", "tenders"],
).properties(width=520, title="Strong in every market, in a direction of its own")
real_chart if frames else None

# %% [markdown]
# ## How to read all this
# Innocent reading of a low dispersion: a published price list. Of a lonely winner: a firm with a machine that
# the others must hire. Of firms that always meet: one trade, one county. Of turns: capacity for one contract
# at a time. The columns tell where to look; what they show is for people to weigh.

# %%
print("Innocent reading: every picture above has one; read it before you read the picture again.")
