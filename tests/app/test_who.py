import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app_pages import who
from cases.database import VARIABLE, address, writing
from cases.database import opened as connected
from cases.people import appoint
from cases.roles import Role

ROOT = Path(__file__).parents[2]
SignIn = Callable[..., AppTest]


@pytest.fixture
def sign_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SignIn]:
    monkeypatch.setenv("BIDLENS_WORKSPACE", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    engine = connected(address(tmp_path))
    with writing(engine) as session:
        appoint(session, "root", "ann", Role.VIEWER, "Ann")
        appoint(session, "root", "gone", Role.LEAD, active=False)
    engine.dispose()

    def opened(claims: dict[str, Any]) -> AppTest:
        monkeypatch.setattr(who, "_claims", lambda: claims)
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        at.query_params["lang"] = "en"
        return at.run()

    yield opened
    st.cache_resource.clear()


def said(at: AppTest) -> str:
    assert not at.exception
    return "\n".join(x.value for kind in (at.subheader, at.markdown, at.code, at.error) for x in kind)


def test_the_door_shows_nothing_but_the_door(sign_in: SignIn) -> None:
    at = sign_in({"is_logged_in": False})
    assert "Please sign in" in said(at)
    assert "Nothing to show yet" not in said(at)


def test_an_appointed_person_comes_in(sign_in: SignIn) -> None:
    assert "Nothing to show yet" in said(
        sign_in({"is_logged_in": True, "sub": "ann", "exp": time.time() + 60})
    )


@pytest.mark.parametrize("end", [{}, {"exp": 1}, {"exp": "never"}])
def test_a_sign_in_that_has_ended_leads_back_to_the_door(sign_in: SignIn, end: dict[str, Any]) -> None:
    assert "Your sign-in has ended" in said(sign_in({"is_logged_in": True, "sub": "ann", **end}))


@pytest.mark.parametrize("name", ["stranger", "gone"])
def test_who_has_no_role_is_told_whom_to_ask(sign_in: SignIn, name: str) -> None:
    text = said(sign_in({"is_logged_in": True, "sub": name, "exp": time.time() + 60}))
    assert "You have no access yet" in text
    assert f"bidlens people {name} --role viewer" in text
    assert "Nothing to show yet" not in text


@pytest.mark.parametrize("bound", ["0.0.0.0", "", "192.168.1.5"])
def test_without_sign_in_a_server_that_others_reach_shows_nothing(
    bound: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIDLENS_WORKSPACE", str(tmp_path))
    option = st.get_option
    monkeypatch.setattr(st, "get_option", lambda k: bound or None if k == "server.address" else option(k))
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lang"] = "en"
    text = said(at.run())
    assert "on your own machine only" in text
    assert "Nothing to show yet" not in text
