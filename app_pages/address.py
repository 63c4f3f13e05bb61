"""Filters that live in the address bar: the address is the state, widgets show and change it.

A link with filters can be sent to a colleague, the back button works, and a change of language
loses nothing, since what stands in the address is never a translated word.
"""

import re
from collections.abc import Callable, Sequence

import streamlit as st

PAGE = "page"
"""Page number of a list; any change of a filter goes back to the first."""

ROLE = "role"
"""The role that this machine's one user acts in, which a reload must not forget."""

_REMEMBERED = "remembered_address"
_HERE, _CAME = "page_drawn", "came_from_another"


def many(name: str, label: str, options: Sequence[str], show: Callable[[str], str], hint: str) -> list[str]:
    """A choice of several options, kept as repeated parameters `name`."""
    key = f"filter_{name}"
    _show(key, [o for o in st.query_params.get_all(name) if o in options])
    return st.multiselect(
        label, options, format_func=show, key=key, placeholder=hint, on_change=_keep, args=(name, key),
        select_all=False,  # Streamlit says it in English only
    )  # fmt: skip


def one(name: str, label: str, options: Sequence[str], show: Callable[[str], str]) -> str:
    """A choice of one option; the first is the default and leaves no parameter."""
    key = f"filter_{name}"
    asked = st.query_params.get(name, options[0])
    _show(key, asked if asked in options else options[0])
    return st.selectbox(
        label, options, format_func=show, key=key, on_change=_keep, args=(name, key, options[0])
    )


def segment(name: str, label: str, options: Sequence[str], show: Callable[[str], str]) -> str:
    """The same, with all options in sight."""
    key = f"filter_{name}"
    asked = st.query_params.get(name, options[0])
    _show(key, asked if asked in options else options[0])
    chosen = st.segmented_control(
        label, options, format_func=show, key=key, required=True, label_visibility="collapsed",
        on_change=_keep, args=(name, key, options[0]),
    )  # fmt: skip
    return str(chosen)


def text(name: str, label: str, hint: str) -> str:
    """A free text, kept as parameter `name`."""
    key = f"filter_{name}"
    _show(key, st.query_params.get(name, ""))
    return (
        st.text_input(label, key=key, type="search", placeholder=hint, on_change=_keep, args=(name, key))
        or ""
    ).strip()


def page(n_pages: int) -> int:
    """The page asked for, from 1, within what exists."""
    asked = st.query_params.get(PAGE, "1")
    return min(max(int(asked), 1), max(n_pages, 1)) if re.fullmatch("[0-9]{1,9}", asked) else 1


def turn(to: int) -> None:
    """Go to another page of the list."""
    st.query_params[PAGE] = str(to)


def clear(names: Sequence[str]) -> None:
    """Drop these parameters and the page number."""
    for name in (*names, PAGE):
        st.query_params.pop(name, None)


def remember(names: Sequence[str]) -> None:
    """Keep the parameters of the list, so that a way back leads to the same rows."""
    st.session_state[_REMEMBERED] = {
        n: st.query_params.get_all(n) for n in (*names, PAGE) if n in st.query_params
    }


def way_back() -> dict[str, list[str]]:
    """The parameters that `remember` kept, with the language."""
    kept: dict[str, list[str]] = st.session_state.get(_REMEMBERED, {})
    return {**kept, "lang": [st.session_state["lang"]]}


def enter(page: str) -> None:
    """Note which page is drawn; `come_back` acts only when it was another one before."""
    st.session_state[_CAME] = st.session_state.get(_HERE, page) != page
    st.session_state[_HERE] = page


def come_back(names: Sequence[str]) -> None:
    """Coming from another page with an address that asks for nothing, ask for what `remember` kept."""
    if st.session_state.get(_CAME) and not set(st.query_params) & {*names, PAGE}:
        for name, values in st.session_state.get(_REMEMBERED, {}).items():
            st.query_params[name] = values


def personal() -> dict[str, str]:
    """Parameters that go with the reader wherever a link leads: language, and role on this machine."""
    role = st.query_params.get(ROLE)
    return {"lang": st.session_state["lang"], **({ROLE: role} if role else {})}


def _show(key: str, value: object) -> None:
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def _keep(name: str, key: str, default: str = "") -> None:
    value = st.session_state[key]
    st.query_params.pop(PAGE, None)
    if not value or value == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value
