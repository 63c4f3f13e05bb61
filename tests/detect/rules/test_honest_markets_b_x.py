import polars as pl
import pytest
from scipy.stats import binom

from detect.rule import Level, all_rules
from detect.run import Verdicts, judge
from records.simulate import into_store
from records.store import Store

pytestmark = pytest.mark.slow

STATISTICAL = {
    "B05": 0.01, "B06": 0.05, "B07": 0.01, "B09": 0.05, "B11": 0.01, "X01": 0.01, "X02": 0.05, "X03": 0.05,
    "X04": 0.01, "X08A": 0.05,
}  # fmt: skip
"""Share of judged rows that may be above INFO in a market without agreements, by rule."""


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    workspace = tmp_path_factory.mktemp("market")
    into_store(workspace, 600, seed=4, rings=False)
    return judge(Store(workspace).market(), [r for i, r in all_rules().items() if i[0] in "BX"])


@pytest.mark.parametrize("rule_id", STATISTICAL)
def test_statistical_findings_are_no_more_frequent_than_chance(honest: Verdicts, rule_id: str) -> None:
    hits = pl.concat([honest.hits.select("rule_id", "level"), honest.parties.hits.select("rule_id", "level")])
    n = hits.filter(pl.col("rule_id") == rule_id, pl.col("level") > Level.INFO).height
    counts = honest.counts().filter(pl.col("rule_id") == rule_id)
    judged = counts.select(pl.col("hit") + pl.col("clear")).item()
    assert n <= binom.ppf(0.999, judged, STATISTICAL[rule_id])


def test_no_red_but_for_periods_that_the_market_breaks(honest: Verdicts) -> None:
    red = honest.hits.filter(pl.col("level") == Level.RED)
    assert set(red["rule_id"]) <= {"B01"}
