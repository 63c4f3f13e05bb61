from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from cases.database import reading
from cases.detail import detail
from cases.explaining import explain_value
from cases.roles import Refused
from cases.tables import Entry
from records.lists import Entry as Listed
from records.lists import entries
from records.source import BadInput
from records.store import Store

EXIT = Listed(
    "shared_network", "upload_ip", "1.2.3.4", "centre", "园区出口", date(2026, 1, 1), date(2027, 1, 1)
)


def test_a_shared_value_is_explained_once_for_all(desk: Engine, tmp_path: Path) -> None:
    store = Store.open_or_create(tmp_path / "w")

    explain_value(desk, "chen", store, EXIT, alert_id=2)

    assert entries(store)["reason"].to_list() == ["园区出口"]
    told = detail(desk, 2)
    assert told is not None
    assert [(e.kind, e.text) for e in told.events] == [("listed", "园区出口")]
    with reading(desk) as session:
        logged = session.scalars(select(Entry).where(Entry.action == "list.add")).one()
        assert "1.2.3.4" not in logged.detail


def test_what_cannot_be_listed_is_not_told_of(desk: Engine, tmp_path: Path) -> None:
    store = Store.open_or_create(tmp_path / "w")
    (tmp_path / "w" / "key").write_text("spoilt")
    with pytest.raises(BadInput, match="no key"):
        explain_value(desk, "chen", store, EXIT, alert_id=2)
    told = detail(desk, 2)
    assert told is not None
    assert told.events == []
    with pytest.raises(Refused, match="may not 'suppress'"):
        explain_value(desk, "li", store, EXIT)
