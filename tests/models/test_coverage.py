import polars as pl

from features.catalogue import Grain
from models.coverage import model_coverage
from models.frame import model_frame
from models.scorer import all_models, unsupervised
from records.tables import market_of


def test_a_market_too_small_for_models_says_why() -> None:
    tenders = pl.DataFrame({"tender_id": ["T"], "batch_id": ["b"]})
    bids = {
        "bid_id": ["a", "b"],
        "tender_id": "T",
        "bidder_id": ["A", "B"],
        "amount": [9, 8],
        "batch_id": "b",
    }
    frame = model_frame(market_of(tenders=tenders, bids=pl.DataFrame(bids)))
    for lang, words in (("en", "Too few tenders"), ("zh", "项目数量过少")):
        table = model_coverage(frame, lang)
        assert table["model"].to_list() == list(all_models(Grain.TENDER))
        assert table["scored"].to_list() == [0] * table.height
        unlabelled = table.filter(pl.col("model").is_in(list(unsupervised())))
        assert all(words in missing for missing in unlabelled["missing"])
    learned = model_coverage(frame).join(unlabelled, on="model", how="anti")
    assert all("Too few decisions" in missing for missing in learned["missing"])
