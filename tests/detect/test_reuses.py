import json
from pathlib import Path

import polars as pl
import pytest

from detect.reuses import USES, reuses
from detect.rule import all_rules
from detect.run import judge
from features.tie.device_reuse import WINDOW
from records.simulate import into_store
from records.store import Store
from records.tables import Market


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    folder: Path = tmp_path_factory.mktemp("reuses")
    into_store(folder, 300, 6)
    return Store(folder).market()


def test_the_uses_are_those_that_the_rule_counted(market: Market) -> None:
    hits = judge(market, [all_rules()["E17"]]).hits
    deadlines = dict(market.tenders.select("tender_id", "deadline_at").collect().iter_rows())
    assert hits["tender_id"].n_unique() > 10
    for tender, of_tender in hits.group_by("tender_id"):
        uses = reuses(market, str(tender[0]))
        for hit in of_tender.iter_rows(named=True):
            pair = uses.filter(pl.concat_list("bidder_a", "bidder_b").list.sort() == sorted(hit["subjects"]))
            devices = pair.group_by("kind", "value_hash").agg(
                pl.col("bidder_id").n_unique().alias("sides"), pl.col("tender_id").n_unique().alias("lots")
            )
            assert devices.height == json.loads(hit["evidence"])["reused_devices"]
            assert devices["sides"].to_list() == [2] * devices.height
            assert (devices["lots"] > 1).all()
        end = deadlines[tender[0]]
        assert uses["used_at"].is_between(end - WINDOW, end, closed="left").all()
        assert tender[0] not in uses["tender_id"]


def test_bidders_without_a_common_device_have_no_uses(market: Market) -> None:
    firm = market.bids.select("tender_id").collect()["tender_id"].unique().sort()
    silent = [t for t in firm.head(40) if reuses(market, t).is_empty()]
    assert silent
    assert reuses(market, silent[0]).schema == USES
