import networkx as nx
import pytest

from cases.roles import ALLOWED, May, Refused, Role, require
from cases.workflow import DISMISSED, FINAL, OPEN, REASONS, UPHELD, WAYS, State


def test_every_state_is_of_one_kind() -> None:
    kinds = [OPEN, DISMISSED, UPHELD, FINAL]
    assert sorted(s for k in kinds for s in k) == sorted(State)


def test_every_state_can_be_reached_and_reopened() -> None:
    ways = nx.DiGraph((a, b) for a, after in WAYS.items() for b in after)
    for state in State:
        assert nx.has_path(ways, State.NEW, state)
        assert nx.has_path(ways, state, State.IN_REVIEW)


def test_a_result_follows_only_what_was_handed_on() -> None:
    before = {a for a, after in WAYS.items() if State.PENALISED in after}
    assert before == UPHELD


def test_reasons_belong_to_dismissals() -> None:
    assert set(REASONS) <= DISMISSED


def test_nobody_alone_sets_the_rules_and_judges_by_them() -> None:
    for role in Role:
        assert not ALLOWED[role] >= {May.SET, May.WORK}


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_lacks_is_refused_with_those_who_have_it(role: Role) -> None:
    for act in set(May) - ALLOWED[role]:
        with pytest.raises(Refused, match="these may"):
            require(role, act)
