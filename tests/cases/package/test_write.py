import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from cases import audit
from cases.database import reading, writing
from cases.package.archive import packed
from cases.package.material import Material, gather
from cases.package.signing import signing_key
from cases.package.verify import verify
from cases.package.write import Package, about, contents, logged, write
from cases.roles import Refused, Role
from cases.tables import Alert, Attachment, Entry, Event
from records.source import BadInput

from .conftest import Case


def _files(package: Package) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        return {n: archive.read(n) for n in archive.namelist()}


def _on_the_desk(engine: Engine, case: Case) -> None:
    at = datetime.now(UTC)
    with writing(engine) as session:
        alert = Alert(
            grain="tender", subject_id=case.tender, run_id=case.run.run_id, raised_at=at, level=4,
            attention=1, place="queue", rule_ids=["E01"], state="in_review", determination="认定结论文字",
        )  # fmt: skip
        session.add(alert)
        session.flush()
        event = Event(alert_id=alert.id, at=at, actor="李", kind="attached", text="函", detail={"version": 1})
        session.add(event)
        session.flush()
        session.add(
            Attachment(alert_id=alert.id, event_id=event.id, name="函.pdf", sha256="", content=b"letter")
        )
        audit.append(session, "李", "alert.attached", case.tender)


def test_the_same_case_and_language_give_the_same_bytes(case: Case) -> None:
    first = write(case.workspace, case.run, "tender", case.tender, lang="zh")
    assert write(case.workspace, case.run, "tender", case.tender, lang="zh").content == first.content
    assert first.entry is None


def test_a_package_holds_on_a_machine_without_the_workspace(case: Case, tmp_path: Path) -> None:
    made = write(case.workspace, case.run, "tender", case.tender, lang="zh")
    (tmp_path / "case.zip").write_bytes(made.content)
    checks = verify(tmp_path / "case.zip", made.manifest["signature"]["fingerprint"])
    assert all(c.holds for c in checks)
    assert set(_files(made)) == {
        "manifest.json", "manifest.sig", "signer.pem", "SHA256SUMS", "case.json", "report.pdf", "values.xlsx",
    }  # fmt: skip


def test_a_party_has_a_package(case: Case) -> None:
    grain, party = case.run.party_alerts.select("grain", "party_id").row(0)
    made = write(case.workspace, case.run, grain, party)
    assert made.manifest["case"] == {"id": f"{grain}:{party}", "grain": grain, "subject": party}


def test_the_desk_is_in_it_and_the_log_tells_of_it(case: Case, engine: Engine) -> None:
    _on_the_desk(engine, case)
    made = write(case.workspace, case.run, "tender", case.tender, lang="zh", actor="王", engine=engine)
    with reading(engine) as session:
        entry, before = session.get_one(Entry, 2), session.get_one(Entry, 1)
        assert audit.verify(session) == []
    files = _files(made)
    assert files["attachments/1-函.pdf"] == b"letter"
    assert json.loads(files["case.json"])["people"]["alert"]["determination"] == "认定结论文字"
    assert made.manifest["audit_head"] == {"seq": 1, "hash": before.hash}
    assert (made.entry, entry.actor, entry.action) == (2, "王", "package.write")
    assert json.loads(entry.detail)["sha256"] == made.sha256


def test_only_the_heads_of_the_log_tell_two_packages_apart(material: Material, engine: Engine) -> None:
    files, key = {"case.json": b"{}"}, Ed25519PrivateKey.generate()
    one, two = (logged(engine, files, material, key, "王") for _ in range(2))
    differ = {n for n, content in _files(one).items() if _files(two)[n] != content}
    assert differ == {"manifest.json", "manifest.sig"}
    assert {**one.manifest, "audit_head": 0} == {**two.manifest, "audit_head": 0}
    assert (one.manifest["audit_head"]["seq"], two.manifest["audit_head"]["seq"]) == (0, 1)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ADMIN, Role.SCIENTIST])
def test_only_those_who_may_export_get_one(case: Case, role: Role) -> None:
    with pytest.raises(Refused, match="may not 'export'"):
        gather(case.run, case.market, "tender", case.tender, role=role)


def test_names_of_persons_need_the_right_to_unmask(case: Case) -> None:
    with pytest.raises(Refused, match="may not 'unmask'"):
        gather(case.run, case.market, "tender", case.tender, role=Role.AUDITOR, personal=True)


def test_a_tender_that_has_not_been_opened_is_sealed(case: Case) -> None:
    tables = case.market.to_dict()
    later = pl.lit("2999-01-01").str.to_datetime(time_unit="us", time_zone="UTC")
    market = type(case.market).cast({**tables, "tenders": tables["tenders"].with_columns(opened_at=later)})
    with pytest.raises(Refused, match=r"has not been opened.*these may: lead"):
        gather(case.run, market, "tender", case.tender)
    assert gather(case.run, market, "tender", case.tender, role=Role.LEAD).bids.height


def test_a_case_that_the_run_does_not_know_is_bad_input(case: Case) -> None:
    with pytest.raises(BadInput, match="has no tender 'none'"):
        write(case.workspace, case.run, "tender", "none")
    with pytest.raises(BadInput, match="has no buyer"):
        write(case.workspace, case.run, "buyer", case.tender)


def test_a_package_of_hostile_text_holds(hostile: Material, tmp_path: Path) -> None:
    content, manifest = packed(contents(hostile, "key"), about(hostile), signing_key(tmp_path))
    (tmp_path / "case.zip").write_bytes(content)
    assert all(c.holds for c in verify(tmp_path / "case.zip", manifest["signature"]["fingerprint"]))
