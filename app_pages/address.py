"""Filters that live in the address bar: the address is the state, widgets show and change it.

A link with filters can be sent to a colleague, the back button works, and a change of language
loses nothing, since what stands in the address is never a translated word.
"""

import re
from collections.abc import Callable, Sequence

import streamlit as st

PAGE = "page"
"""Page number of a list; any change of a filter goes back to the first."""

_REMEMBERED = "remembered_address"


def many(name: str, label: str, options: Sequence[str], show: Callable[[str], str], hint: str) -> list[str]:
    """A choice of several options, kept as repeated parameters `name`."""
    key = f"filter_{name}"
    _show(key, [o for o in st.query_params.get_all(name) if o in options])
    return st.multiselect(
        label, options, format_func=show, key=key, placeholder=hint, on_change=_keep, args=(name, key)
    )


def one(name: str, label: str, options: Sequence[str], show: Callable[[str], str]) -> str:
    """A choice of one option; the first is the default and leaves no parameter."""
    key = f"filter_{name}"
    asked = st.query_params.get(name, options[0])
    _show(key, asked if asked in options else options[0])
    return st.selectbox(
        label, options, format_func=show, key=key, on_change=_keep, args=(name, key, options[0])
    )


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
