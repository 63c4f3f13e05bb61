# %% [markdown]
# # A first look at a market
#
# What you do on the first morning with new records: import them, see what they can and cannot
# support, look at one screen, score, and read one alert. This runs on the sample market; put your own
# file in place of `data/sample`.

# %%
import tempfile
from pathlib import Path

import polars as pl

from detect.coverage import coverage
from detect.explain import explain
from detect.score import score
from features.build import Build
from features.catalogue import CATALOGUE, Grain
from models.registry import DEFAULT
from models.scorer import make
from records.store import Store

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
workspace = Path(tempfile.mkdtemp())

# %% [markdown]
# ## Import
# Nothing is dropped in silence: what breaks the contract is set aside with its reasons, and the counts
# add up.

# %%
store = Store.open_or_create(workspace)
report = store.import_("tables", SAMPLE)
assert report.adds_up()
print(store.quarantine().group_by("table", pl.col("reasons").list.join("; ")).len())
market = store.market()

# %% [markdown]
# ## Look at a screen before you trust it
# The coefficient of variation of the bids, by how the contract is awarded. Where contracts go to the
# bid nearest the mean, bids crowd together by design, so a low value means nothing there.

# %%
tenders = Build(market).grain(Grain.TENDER).collect()
print(CATALOGUE.columns(Grain.TENDER)["bid_cv"])
quartiles = (pl.col("bid_cv").quantile(q).alias(f"{q:.0%}") for q in (0.25, 0.5, 0.75))
print(tenders.group_by("mechanism").agg(pl.len(), *quartiles).sort("len", descending=True))

# %% [markdown]
# ## Score, and see what could not be checked
# `not evaluable` says that the records lack a column. It does not say that the tender is clean.

# %%
run = score(market, scorer=make(DEFAULT), fit=True, records_version=store.version)
print(coverage(run).select("rule_id", "verdict", "hit", "clear", "not_evaluable", "not_applicable"))
print(run.manifest["n_alerts"])

# %% [markdown]
# ## Read the worst alert aloud
# A finding, the values on both sides, and what else it could mean.

# %%
story = explain(run, market, run.alerts["tender_id"][0])
print(story.headline)
for finding in story.findings:
    print(f"\n{finding.rule_id} {finding.title}: {finding.sentence}")
    print(f"Innocent reading: {finding.innocent}")
