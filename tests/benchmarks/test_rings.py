import sys

import pytest

from benchmarks import rings


def test_a_market_comes_with_its_truth_apart() -> None:
    market, truth = rings.make_market(200, 77, rings=True)

    ids = market.tenders.select("tender_id").collect()["tender_id"]
    assert ids.len() == 200
    assert truth["tender_id"].is_in(ids.implode()).all()
    assert rings.make_market(200, 77, rings=False)[1].height == 0


@pytest.mark.slow
def test_the_benchmark_prints_its_tables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["rings", "--tenders", "300", "--seeds", "77", "--resamples", "5"])

    rings.main()

    printed = capsys.readouterr().out
    assert "rules + ecod" in printed
    assert "False alarms on markets without rings" in printed
    assert "what the pattern is said to look like" in printed


def test_the_seed_of_the_sample_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["rings", "--seeds", "62"])

    with pytest.raises(SystemExit, match="Seed 62 made the sample; choose others"):
        rings.main()
