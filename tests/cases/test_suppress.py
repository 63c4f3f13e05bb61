from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from cases.act import Unfit
from cases.database import reading
from cases.detail import detail
from cases.intake import post
from cases.roles import Refused
from cases.search import Asked, Hidden, page
from cases.suppress import Scope, in_force, lift, suppress
from cases.tables import Suppression
from cases.tallying import tally
from detect.kept import Run

LATER = datetime.now(UTC) + timedelta(days=30)


def explain(
    engine: Engine, alert_id: int, rule: str, scope: Scope, days: int = 30, **more: object
) -> Suppression:
    until = datetime.now(UTC) + timedelta(days=days)
    given = {"reason": "FX03", "text": "同一园区", "until": until, **more}
    return suppress(engine, "chen", alert_id, rule, scope, **given)  # type: ignore[arg-type]


def shown(engine: Engine, at: datetime | None = None) -> list[int]:
    with reading(engine) as session:
        return sorted(a.id for a in page(session, Asked(), at=at))


@pytest.mark.parametrize(("scope", "left"), [(Scope.ALERT, [1, 3]), (Scope.BIDDERS, [1]), (Scope.BUYER, [1])])
def test_what_is_explained_hides_by_scope_but_never_red(desk: Engine, scope: Scope, left: list[int]) -> None:
    explain(desk, 2, "E01", scope, bidders=["B", "A"])
    assert shown(desk) == left
    assert shown(desk, LATER + timedelta(days=1)) == [1, 2, 3]
    with reading(desk) as session:
        assert tally(session, Asked()).hidden == {"suppressed": 3 - len(left)}
        assert len(page(session, Asked(hidden=Hidden.SUPPRESSED))) == 3 - len(left)
    told = detail(desk, 2)
    assert told is not None
    assert [s.rule_id for s in told.suppressions] == ["E01"]


def test_an_alert_stays_while_one_finding_is_unexplained(desk: Engine, run_of: Callable[..., Run]) -> None:
    rules = {"E01": ["A", "B"], "M01": ["A", "C"]}
    post(desk, run_of(1, {"id": "T8", "level": 3, "rules": rules, "buyer_name": "局"}), "root")
    explain(desk, 4, "E01", Scope.BUYER, days=60)
    assert 4 in shown(desk)

    explain(desk, 4, "M01", Scope.BIDDERS, days=10, bidders=["A", "C"])
    assert 4 not in shown(desk)
    assert 4 in shown(desk, datetime.now(UTC) + timedelta(days=11))


def test_a_run_counts_for_suppressions_in_force(desk: Engine, run_of: Callable[..., Run]) -> None:
    explain(desk, 2, "E01", Scope.BIDDERS, bidders=["A", "B"])
    same = {"level": 3, "buyer_name": "局"}
    post(desk, run_of(1, {"id": "T2", **same, "rules": {"E01": ["A", "B"], "P01": ["A", "B"]}},
                      {"id": "T8", **same, "rules": {"E01": ["B", "A"]}},
                      {"id": "T9", **same, "rules": {"E01": ["A", "C"]}}), "root")  # fmt: skip
    assert shown(desk) == [2, 5]


def test_lifting_brings_back(desk: Engine) -> None:
    made = explain(desk, 2, "E01", Scope.BUYER)
    lift(desk, "chen", made.id, "园区已搬迁")
    assert shown(desk) == [1, 2, 3]
    with reading(desk) as session:
        assert in_force(session) == []
    with pytest.raises(Unfit, match="in force"):
        lift(desk, "chen", made.id, "again")


def test_the_longer_of_two_counts(desk: Engine) -> None:
    explain(desk, 2, "E01", Scope.ALERT, days=10)
    longer = explain(desk, 2, "E01", Scope.ALERT, days=20)
    assert 2 not in shown(desk, datetime.now(UTC) + timedelta(days=15))
    lift(desk, "chen", longer.id, "过早")
    assert 2 in shown(desk, datetime.now(UTC) + timedelta(days=15))
    assert 2 not in shown(desk)


@pytest.mark.parametrize(
    ("rule", "more", "why"),
    [
        ("Q01", {}, "these do: E01"),
        ("E01", {"reason": "weak"}, "is no reason"),
        ("E01", {"days": 0}, "lie ahead"),
        ("E01", {"days": 800}, "730 days"),
        ("E01", {"bidders": ["A"]}, "exactly these bidders"),
        ("E01", {"text": ""}, "needs words"),
    ],
)
def test_what_does_not_fit_is_refused(lite: Engine, rule: str, more: dict[str, object], why: str) -> None:
    with pytest.raises(Unfit, match=why):
        explain(lite, 2, rule, Scope.BIDDERS, **{"bidders": ["A", "B"], **more})  # type: ignore[arg-type]


def test_only_leads_suppress(lite: Engine) -> None:
    with pytest.raises(Refused, match="may not 'suppress'"):
        suppress(lite, "li", 2, "E01", Scope.ALERT, reason="FX03", text="x", until=LATER)
