"""Settings files: sections, properties and comments."""

import re

from records.source import BadInput

Sections = dict[str, dict[str, str]]

_COMMENT = re.compile(r"\s[;#].*$")
_QUOTED = re.compile(r"""(["'])(?P<text>(?:\\.|(?!\1).)*)\1(?P<rest>.*)$""")
_ESCAPE = re.compile(r"\\(.)")
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b"}


def parse(text: str, where: str) -> Sections:
    r"""Properties by section; those above the first section are in the section "".

    Comments begin with `;` or `#`, on a line of their own or after a space. A value may stand in quotes,
    and a backslash keeps the next character as it is.

    Examples:
        >>> parse("currency = USD\n[R035]\nthreshold = 3 ; more than the default", "settings.ini")
        {'': {'currency': 'USD'}, 'R035': {'threshold': '3'}}

    Raises:
        BadInput: a line is neither, or a section stands twice.

    """
    sections: Sections = {"": {}}
    properties = sections[""]
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line[0] in ";#":
            continue
        if line[0] == "[":
            properties = _open(sections, line, f"{where}, line {number}")
        else:
            key, value = _property(line, f"{where}, line {number}")
            properties[key] = value
    return sections if sections[""] else {name: found for name, found in sections.items() if name}


def _open(sections: Sections, line: str, where: str) -> dict[str, str]:
    name, closed, _ = line[1:].partition("]")
    if not closed:
        raise BadInput(f"The section {line} has no closing bracket", where, "Write it as [R003].")
    name = name.strip()
    if name in sections:
        raise BadInput(f"The section [{name}] stands twice", where, "Put all its properties under one.")
    sections[name] = {}
    return sections[name]


def _property(line: str, where: str) -> tuple[str, str]:
    key, delimiter, value = re.match(r"([^=:]*)([=:]?)(.*)", line).groups()  # type: ignore[union-attr]
    if not delimiter or not key.strip():
        raise BadInput(f"The line {line!r} is no property", where, "Write it as: name = value.")
    return _plain(key.strip()), _value(value.strip())


def _value(text: str) -> str:
    if quoted := _QUOTED.match(text):
        return (_plain(quoted["text"]) + _plain(_COMMENT.sub("", quoted["rest"]))).strip()
    return _plain(_COMMENT.sub("", " " + text).strip())


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: _NAMED.get(found[1], found[1]), text)
