# %% [markdown]
# # Know your market
#
# Before any score: what is on record, how contests look, who meets whom, what changed, and how large a ring
# would have to be before anything here could find it. An hour spent on this saves a week of chasing alerts
# that are only the market's own shape. Runs on the sample market; where `BIDLENS_DATA` names a folder with a
# copy of the García et al. (2022) supplement, a real market stands beside it at the end.

# %%
import os
import tempfile
from pathlib import Path

import altair as alt
import networkx as nx
import polars as pl

from features.build import Build
from features.catalogue import Grain
from models.coverage import model_coverage
from models.drift import drift
from models.frame import model_frame
from models.power import Plan, judged_by, power, statement
from models.scorer import make
from models.strata import levels
from models.unusual import COMPANY, SCREENS
from records.store import Store
from records.tables import Market

SAMPLE = Path(__file__).parent.parent / "data" / "sample"

store = Store.open_or_create(Path(tempfile.mkdtemp()))
report = store.import_("tables", SAMPLE)
market = store.market()
frame = model_frame(market)
tables = {name: table.select(pl.len()).collect().item() for name, table in market.to_dict().items()}
print({name: n for name, n in tables.items() if n})

# %% [markdown]
# ## What is on record, and since when
# A screen that starts in 2023 cannot say anything about 2022, and a share that jumps says more about a form
# that was changed than about firms. Each cell is the share of a half-year's tenders that have the column.

# %%
WATCHED = ("ceiling", "estimate", "opened_at", "closed_at", "benchmark", "bid_cv", "partner_overlap")
watched = [c for c in WATCHED if c in frame.columns]
half = pl.format("{}-H{}", pl.col("deadline_at").dt.year(), (pl.col("deadline_at").dt.month() + 5) // 6)
by_half = (
    frame.filter(pl.col("deadline_at").is_not_null())
    .group_by(half.alias("half"))
    .agg(pl.len().alias("tenders"), *(pl.col(c).is_not_null().mean() for c in watched))
    .sort("half")
)
record_chart = (
    alt.Chart(by_half.unpivot(watched, index="half", variable_name="column", value_name="known"))
    .mark_rect(stroke="white")
    .encode(
        x=alt.X("half:O", title=None),
        y=alt.Y("column", title=None, sort=watched),
        color=alt.Color("known", title="known", scale=alt.Scale(domain=[0, 1], scheme="blues")),
        tooltip=["half", "column", alt.Tooltip("known", format=".0%")],
    )
    .properties(width=420, height=200, title="Share of tenders that have a column")
)
print(by_half.select("half", "tenders"))
record_chart

# %% [markdown]
# ## How contests look
# Two numbers decide what can be seen at all: how many bid, and how the winner is chosen. With two bids there
# is no shape to read; where the bid nearest a mean wins, bids crowd by design. A third of all tenders with
# one bid would be a finding about rules and specifications, long before it is one about rings.

# %%
contests = frame.select(
    mechanism=pl.col("mechanism").cast(pl.String).fill_null("unknown"),
    bids=pl.min_horizontal("n_valid", pl.lit(15)),
)
contest_chart = (
    alt.Chart(contests.group_by("mechanism", "bids").len())
    .mark_bar()
    .encode(
        x=alt.X("bids:O", title="valid bids (15 and more)"),
        y=alt.Y("len", title="tenders"),
        color=alt.Color("mechanism", title=None),
    )
    .properties(width=480, height=220, title="Bids per tender")
)
strata = frame.select(levels()[0].alias("stratum")).to_series().value_counts(sort=True)
print(
    frame.select(
        (pl.col("n_valid") < 2).mean().alias("no contest"), (pl.col("n_valid") < 4).mean().alias("few")
    )
)
print(strata.head(8))
contest_chart

# %% [markdown]
# The strata above are what every model compares within. One with fewer than 200 tenders is judged in a wider
# one, and the score says so.
#
# ## What prices do
# The winner's price against the published ceiling, by quarter: the band holds half of all tenders. A level
# that shifts for everybody is the market's business (steel, wages, a new fee), not a ring's.

# %%
quarters = (
    frame.filter(pl.col("lowest_to_ceiling").is_not_null(), pl.col("deadline_at").is_not_null())
    .group_by(pl.col("deadline_at").dt.truncate("1q").alias("quarter"))
    .agg(
        pl.len().alias("tenders"),
        *(pl.col("lowest_to_ceiling").quantile(q).alias(f"q{q:.0%}") for q in (0.25, 0.5, 0.75)),
    )
    .sort("quarter")
)
x = alt.X("quarter", title=None)
band = (
    alt.Chart(quarters)
    .mark_area(opacity=0.3)
    .encode(x=x, y=alt.Y("q25%", title="lowest bid / ceiling"), y2="q75%")
)
price_chart = (band + alt.Chart(quarters).mark_line().encode(x=x, y="q50%")).properties(
    width=480, height=220, title="Prices over time"
)
price_chart

# %% [markdown]
# ## Who meets whom
# Firms are joined where they met three times or more. One lump of everybody means that company says little;
# islands mean that a market is really several markets, which have to be looked at apart.


# %%
def islands(of: Market, least: int) -> list[int]:
    """Sizes of the connected groups of firms that met at least so often, largest first."""
    met = Build(of).grain(Grain.PAIR).select("bidder_a", "bidder_b", "n_joint").collect()
    graph = nx.Graph(met.filter(pl.col("n_joint") >= least).select("bidder_a", "bidder_b").iter_rows())
    return sorted((len(part) for part in nx.connected_components(graph)), reverse=True)


entries = (
    market.bids.group_by("bidder_id").agg(pl.len().alias("bids"), pl.col("won").sum().alias("wins")).collect()
)
busiest = entries.sort("bids", descending=True).with_columns(
    (pl.col("bids").cum_sum() / pl.col("bids").sum()).alias("share of bids"),
    pl.int_range(1, pl.len() + 1).alias("firms"),
)
concentration_chart = (
    alt.Chart(busiest)
    .mark_line()
    .encode(
        x=alt.X("firms", title="firms, busiest first"), y=alt.Y("share of bids", axis=alt.Axis(format="%"))
    )
    .properties(width=480, height=220, title="How many firms make the market")
)
print(f"{entries.height} firms; islands of firms that met three times: {islands(market, 3)[:8]}")
concentration_chart

# %% [markdown]
# ## What changed
# Each month against the twelve before it. `moved` needs a shift that is large *and* hardly chance. A form
# that was changed moves everything on one day; a ring that forms moves little, slowly. Sixty tenders a month
# would be plenty here; the sample has about a dozen, so nearly every month is too small to be compared, and
# it says so by being absent.

# %%
moved = drift(frame, [*SCREENS, *COMPANY, "n_valid"])
print(f"{moved.height} months of columns could be compared, {moved['moved'].sum()} moved")
print(moved.select("column", "month", "n", "median", "reference_median", "psi", "moved").head(5))

# %% [markdown]
# ## What models these records support
# `too_few_labels` is honest: nobody has decided on anything in this market yet.

# %%
for row in model_coverage(frame).iter_rows(named=True):
    print(f"{row['model']:<18} scores {row['scored']:>4} of {row['n']}. {row['missing']}")

# %% [markdown]
# ## How large a ring would have to be
# Rings are planted in this very market, by the book, leaving no trace but company and prices, and the market
# is scored again. If a ring of three firms over five tenders surfaces one time in ten, a quiet queue is no
# clean bill. One round, for speed; `bidlens power` does more.

# %%
plan = Plan(firms=(3,), tenders=(5, 10), share=0.05, rounds=1)
found = power(market, judged_by(lambda: make("ecod"), model_frame, fit=True), plan)
print(statement(found, plan, frame.height, "en"))
print(found.select("firms", "tenders", "rings", "found", "low", "high", "by_chance"))

# %% [markdown]
# ## A real market
# The same first look at Italian road works, of which a court spoke. No dates, no ceilings, an average-bid
# award, and seventy bids per tender: history features, drift and a backtest are out of the question before
# anything was scored. That is what this notebook is for.

# %%
file = (
    Path(os.environ.get("BIDLENS_DATA", SAMPLE / "absent"))
    / "garcia-2022"
    / "DB_Collusion_Italy_processed.csv"
)
if file.exists():
    real = Store.open_or_create(Path(tempfile.mkdtemp()))
    real.import_("garcia2022", file)
    theirs = model_frame(real.market())
    print(
        theirs.select(
            pl.len().alias("tenders"), pl.col("n_valid").median(), pl.col("mechanism").mode().first()
        )
    )
    empty = [
        c
        for c in ("deadline_at", "ceiling", "estimate", "partner_overlap", "bid_cv")
        if theirs[c].is_null().all()
    ]
    print(f"never on record: {empty}; islands of firms that met three times: {islands(real.market(), 3)[:5]}")
else:
    print(f"no copy of the supplement: {file.name}")

# %% [markdown]
# ## Before you go on
# Innocent reading of everything above: few bids, because the specification is narrow; prices near the
# ceiling, because the ceiling is good; firms that always meet, because there are five with the licence. Write
# down what is usual here, so that later you will not take it for a finding.

# %%
print("Innocent reading: a market's shape comes first; a ring is what is left when the shape is explained.")
