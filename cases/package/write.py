"""A package from start to end: gathered, drawn, signed, and told of in the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from cases import audit
from cases.database import reading, writing
from cases.package.archive import attachment_name, packed
from cases.package.document import case_json, program
from cases.package.handling import Listed
from cases.package.material import Material, gather, shown_to_all
from cases.package.pdf import pdf
from cases.package.people import People, people_of
from cases.package.report import report
from cases.package.sheets import sheets
from cases.package.signing import fingerprint, public_pem, signing_key
from cases.roles import Role
from detect.kept import Run
from records.store import Store

CASE, REPORT, SHEETS = "case.json", "report.pdf", "values.xlsx"


@dataclass(frozen=True)
class Package:
    """A package: its bytes, its manifest, and the number of the log entry that tells of it, if any."""

    content: bytes
    manifest: Mapping[str, Any]
    entry: int | None = None

    @property
    def sha256(self) -> str:
        """Checksum of the whole zip."""
        return sha256(self.content).hexdigest()


def write(
    workspace: Path,
    run: Run,
    grain: str,
    subject_id: str,
    *,
    lang: str = "en",
    role: Role = Role.SUPERVISOR,
    personal: str | None = None,
    actor: str = "",
    engine: Engine | None = None,
) -> Package:
    """The package of one tender, or with another grain than `tender` of a party.

    With a desk it holds what people did, its manifest the newest entry of the audit log, and the log tells of
    it in the same transaction.

    Args:
        workspace: of the run; the signing key lies there.
        run: the run that speaks of the case.
        grain: `tender`, or the grain of a party.
        subject_id: id of the tender or party.
        lang: `en` or `zh`.
        role: whose eyes it is for.
        personal: reason to show names and ids of natural persons who bid; None masks them.
        actor: who writes it, for the log.
        engine: of the desk's database.

    Raises:
        BadInput: the run does not speak of it, or no font with Chinese is installed.
        Refused: the role may not export, unmask, or see who bids before the opening.

    """
    store, people = Store(workspace), People()
    if engine is not None:
        with reading(engine) as session:
            people = people_of(session, grain, subject_id)
    market = store.market(run.manifest["records_version"])
    material = gather(
        run, market, grain, subject_id, lang=lang, role=role, personal=personal is not None, people=people,
        batches=store.batches(),
    )  # fmt: skip
    key = signing_key(workspace)
    files = contents(material, fingerprint(public_pem(key)))
    if engine is None:
        return Package(*packed(files, about(material), key))
    return logged(engine, files, material, key, actor, personal)


def contents(m: Material, key: str) -> dict[str, bytes]:
    """The files of a package by name; `key` is the fingerprint that the report names."""
    files = {CASE: case_json(m), SHEETS: sheets(m)}
    files |= {attachment_name(f.id, f.name): f.content for f in m.people.files}
    listed = [Listed(name, len(c), sha256(c).hexdigest()) for name, c in sorted(files.items())]
    at = datetime.fromisoformat(m.manifest["started_at"])
    return {**files, REPORT: pdf(report(m, listed, key), at)}


def about(m: Material, head: audit.Head | None = None) -> dict[str, Any]:
    """What the manifest says beside its files."""
    kept = ("run_id", "started_at", "records_version", "model", "n_tenders")
    fired = sorted({f.rule_id for f in m.findings})
    return {
        "case": shown_to_all({"id": m.case_id, "grain": m.grain, "subject": m.subject_id}, m.hidden),
        "lang": m.lang,
        "program": program(),
        "run": {name: m.manifest[name] for name in kept},
        "rules": {i: m.manifest["rules"][i] for i in fired},
        "parameter_sets": sorted({f.parameter_set for f in m.findings if f.parameter_set}),
        "people_until": m.people.acts[-1].at.isoformat() if m.people.acts else None,
        "audit_head": None if head is None else head._asdict(),
    }


def logged(
    engine: Engine,
    files: Mapping[str, bytes],
    m: Material,
    key: Ed25519PrivateKey,
    actor: str,
    personal: str | None = None,
) -> Package:
    """Pack and sign files of a case; the log tells of the package, and the package of the log's head."""
    with writing(engine) as session:
        content, manifest = packed(files, about(m, audit.head(session)), key)
        made = Package(content, manifest)
        entry = audit.append(
            session, actor, "package.write", f"{m.grain} {m.subject_id}", sha256=made.sha256,
            run=m.manifest["run_id"], lang=m.lang, key=manifest["signature"]["fingerprint"],
            unmasked=personal,
        )  # fmt: skip
        return Package(content, manifest, entry.seq)
