import json
from dataclasses import replace

import polars as pl

from cases.package.document import case_json
from cases.package.material import Material, gather
from cases.package.people import People

from .conftest import HOSTILE, LONE, Case


def test_it_holds_ids_hashes_versions_and_limits(material: Material, case: Case) -> None:
    told = json.loads(case_json(material))
    assert told["case"]["subject"] == case.tender
    assert told["run"]["run_id"] == case.run.run_id
    assert told["run"]["records_version"] == 1
    assert {f["rule_id"] for f in told["findings"]} <= set(told["run"]["rules"])
    first = told["findings"][0]
    assert {"version", "limits", "parameter_set", "subject_ids", "exclusions", "law", "p_value"} <= set(first)
    assert all(len(f["value_hash"]) == 32 and f["source_a"] == "simulated" for f in told["facts"])
    assert {b["bidder_id"] for b in told["bids"]} >= set(first["subject_ids"])


def test_money_and_moments_lose_nothing(material: Material) -> None:
    told = json.loads(case_json(material))
    amounts = material.bids["amount"].drop_nulls()
    assert [b["amount"] for b in told["bids"] if b["amount"]] == [format(a, "f") for a in amounts]
    assert told["case"]["tender"]["deadline_at"].endswith("+00:00")


def test_hostile_text_comes_back_as_it_was(hostile: Material) -> None:
    content = case_json(hostile)
    assert not [c for c in "\u202e\x00\x1b\u2028\u200b" if c.encode() in content]
    told = json.loads(content)
    assert told["bids"][0]["name"] in [t or " " for t in HOSTILE]
    assert {e["text"] for e in told["people"]["events"]} == {*HOSTILE, LONE}


def test_attachments_are_named_with_their_checksums(case: Case, people: People) -> None:
    m = gather(case.run, case.market, "tender", case.tender, people=people)
    told = json.loads(case_json(m))["people"]
    assert told["attachments"][0]["name"] == "函.pdf"
    assert len(told["attachments"][0]["sha256"]) == 64


def test_natural_persons_are_masked_wherever_they_stand(case: Case, batches: pl.DataFrame) -> None:
    firm = case.run.alerts.filter(tender_id=case.tender)["subjects"][0][0]
    tables = case.market.to_dict()
    kind = pl.when(pl.col("bidder_id") == firm).then(pl.lit("person")).otherwise("kind").alias("kind")
    market = type(case.market).cast({**tables, "bidders": tables["bidders"].with_columns(kind)})
    masked = gather(case.run, market, "tender", case.tender, batches=batches)
    seen = gather(case.run, market, "tender", case.tender, batches=batches, personal=True)
    assert firm.encode() not in case_json(masked)
    assert firm.encode() in case_json(seen)


def test_a_figure_that_is_none_is_null(material: Material) -> None:
    story = replace(material.story, attention=float("nan"))
    assert json.loads(case_json(replace(material, story=story)))["case"]["attention"] is None
