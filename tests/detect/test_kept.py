from dataclasses import fields, replace
from pathlib import Path
from threading import Thread

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from detect.kept import Run, latest_folder, load, of_parties, save, summary
from detect.rule import all_rules
from detect.score import score
from records.source import Busy
from records.tables import market_of


@pytest.fixture
def run() -> Run:
    ids = {"tender_id": ["T1", "T2"], "batch_id": ["b", "b"]}
    made = score(market_of(tenders=pl.DataFrame(ids)), rules=[all_rules()["E01"]], records_version=1)
    party = {"grain": ["pair", "group", "pair"], "party_id": ["A|B", "A|B", "B|C"]}
    hits = pl.DataFrame({"tender_id": ["T1", "T2"], "rule_id": ["E01", "E01"], "level": [4, 4]})
    return replace(
        made,
        hits=hits,
        party_alerts=pl.DataFrame(party),
        party_hits=pl.DataFrame(party).with_row_index("n"),
        party_tenders=pl.DataFrame(party).with_columns(tender_id=pl.lit("T1")),
    )


def test_a_summary_has_counts_and_what_was_missing_and_nothing_else(run: Run, tmp_path: Path) -> None:
    found = summary(save(run, tmp_path))
    assert found.manifest == run.manifest
    assert_frame_equal(found.counts, run.counts)
    assert_frame_equal(found.missing, run.missing)
    others = {f.name for f in fields(Run)} - {"manifest", "counts", "missing"}
    assert {name: getattr(found, name).height for name in others} == dict.fromkeys(others, 0)


def test_two_runs_may_be_saved_at_once(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(run, manifest={**run.manifest, "run_id": "29990101T000000-other"})
    second = Thread(target=save, args=(other, tmp_path))
    put = Path.replace

    def meanwhile(self: Path, target: Path) -> Path:
        if second.ident is None:
            second.start()
        return put(self, target)

    monkeypatch.setattr(Path, "replace", meanwhile)
    save(run, tmp_path)
    second.join()
    names = sorted(p.name for p in (tmp_path / "runs").iterdir())
    assert names == [run.run_id, "29990101T000000-other", "latest", "lock"]
    assert (tmp_path / "runs" / "latest").read_text() == "29990101T000000-other"


def test_parties_are_read_by_grain_and_id(run: Run, tmp_path: Path) -> None:
    folder = save(run, tmp_path)
    found = of_parties(folder, run.party_alerts[1:])
    assert found.party_hits["n"].to_list() == [1, 2]
    assert found.party_tenders.select("grain", "party_id").rows() == [("group", "A|B"), ("pair", "B|C")]
    assert found.manifest == run.manifest
    assert found.scores.is_empty()


def test_some_columns_of_some_frames_are_read(run: Run, tmp_path: Path) -> None:
    found = load(save(run, tmp_path), only={"hits": ("tender_id", "rule_id"), "scores": ()})
    assert_frame_equal(found.hits, run.hits.select("tender_id", "rule_id"))
    assert_frame_equal(found.scores, run.scores, check_row_order=False)
    assert found.states.is_empty()
    assert found.states.schema == run.states.schema


def test_a_run_that_another_overtook_is_refused_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    def made(run_id: str, version: int, **scope: str) -> Run:
        told = {**run.manifest, "run_id": run_id, "records_version": version}
        return replace(run, manifest={**told, "scope": scope} if scope else told)

    save(made("20260101T0", 7), tmp_path)
    save(made("20260101T5", 8, point="award"), tmp_path)
    for late in (made("20260101T9", 7), made("20260101T9", 7, point="award"), made("20251231T0", 9)):
        with pytest.raises(Busy, match="imported and scored while"):
            save(late, tmp_path)
    assert latest_folder(tmp_path) == tmp_path / "runs" / "20260101T0"
    assert sorted(p.name for p in (tmp_path / "runs").iterdir()) == [
        "20260101T0", "20260101T5", "latest", "lock",
    ]  # fmt: skip
    assert latest_folder(save(made("20260101T9", 8), tmp_path).parents[1]) == tmp_path / "runs" / "20260101T9"
