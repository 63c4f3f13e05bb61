"""Every word that the dashboard says itself, in both languages; `words.toml` holds them."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from cases.package.words import shared
from features.catalogue import CATALOGUE, Grain
from features.units import units
from records.kinds import KINDS

LANGUAGES = {"zh": "中文", "en": "English"}
FILE = Path(__file__).with_name("words.toml")
_OF_A_KIND = ("shared_", "known_", "holders_")


class Words:
    """Texts of one language by key, with `{name}` places."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def __call__(self, key: str, **values: Any) -> str:
        """The text behind a key.

        Raises:
            KeyError: no such key.

        """
        if not self.has(key):
            raise KeyError(f"No words for {key!r}; add it to {FILE.name} in {sorted(LANGUAGES)}.")
        return texts()[key][self.lang].format(**values)

    def has(self, key: str) -> bool:
        """Whether there is a text behind a key."""
        return key in texts()

    def column(self, name: str) -> str:
        """What a record or feature column is called; the bare name where nobody has said.

        Columns about a kind of identifier go by the kind: what is missing is the MAC address.
        """
        if self.has(f"column.{name}"):
            return self(f"column.{name}")
        kind = KINDS.get(name.partition("_")[2]) if name.startswith(_OF_A_KIND) else None
        if kind is not None:
            return kind.zh if self.lang == "zh" else kind.en
        found = next((c[name] for c in map(CATALOGUE.columns, Grain) if name in c), None)
        if found is None:
            return name.replace("_", " ")
        return found.zh or found.meaning if self.lang == "zh" else found.meaning.rstrip(".")

    def value(self, column: str, value: str) -> str:
        """A value that has a word of its own, such as an award mechanism; others stay as they are."""
        return self(f"{column}.{value}") if self.has(f"{column}.{value}") else value

    def unit(self, unit: str) -> str:
        """A unit in this language; units that nobody translated stay as they are."""
        return self(f"unit.{unit}") if self.has(f"unit.{unit}") else unit


@cache
def texts() -> dict[str, dict[str, str]]:
    """Texts by `section.key` and language; units have the catalogue's words, codes and columns the desk's.

    What this file says itself counts: on screen a column may be called otherwise than in a sent table.
    """
    sections = {**tomllib.loads(FILE.read_text("utf-8")), "unit": units()}
    for name, texts_there in shared().items():
        sections[name] = {**texts_there, **sections.get(name, {})}
    return {f"{name}.{key}": text for name, section in sections.items() for key, text in section.items()}


def words() -> Words:
    """Words in the language of the address, else of this session, else of the browser."""
    asked = st.query_params.get("lang")
    if asked in LANGUAGES:
        st.session_state["lang"] = asked
    if "lang" not in st.session_state:
        st.session_state["lang"] = "zh" if (st.context.locale or "").lower().startswith("zh") else "en"
    return Words(st.session_state["lang"])


def keyed(w: Words, name: str, ending: str = "") -> str:
    """Key of a select box in this language, to which what was chosen in the other one goes along.

    The browser keeps the words of a choice by its key and would show them in the other language.
    """
    keys = {lang: f"{name}.{lang}{ending}" for lang in LANGUAGES}
    key = keys.pop(w.lang)
    for other in keys.values():
        if other in st.session_state and key not in st.session_state:
            st.session_state[key] = st.session_state[other]
    return key


def switch() -> None:
    """Draw the language switch; the choice goes to the address and stays for the session."""
    st.session_state["language"] = st.session_state["lang"]
    st.segmented_control(
        "语言 Language",
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key="language",
        required=True,
        label_visibility="collapsed",
        on_change=_switched,
    )


def _switched() -> None:
    st.query_params["lang"] = st.session_state["language"]
