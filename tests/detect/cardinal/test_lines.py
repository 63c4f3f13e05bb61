from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from detect.cardinal.lines import blocks, parts


@given(st.lists(st.binary(max_size=12), max_size=30), st.integers(1, 20), st.integers(1, 9), st.booleans())
def test_parts_hold_each_line_once_in_order(
    tmp_path_factory: object, lines: list[bytes], step: int, block: int, ended: bool
) -> None:
    clean = [line.replace(b"\n", b"") for line in lines]
    file = tmp_path_factory.getbasetemp() / "parts.txt"  # type: ignore[attr-defined]
    file.write_bytes(b"\n".join(clean) + (b"\n" if ended else b""))
    size = file.stat().st_size
    several = [(start, min(start + step, size)) for start in range(0, size, step)]
    whole = file.read_bytes().split(b"\n")
    found = [line for part in several for lines in blocks(file, part, block) for line in lines]
    assert found == (whole if whole[-1] else whole[:-1])


def test_a_small_file_is_one_part(tmp_path: Path) -> None:
    file = tmp_path / "small"
    file.write_bytes(b"x" * 100)
    assert parts(file, 2) == [(0, None)]
    assert parts(file, 1, least=10) == [(0, None)]
    assert parts(file, 2, least=40) == [(0, 40), (40, 80), (80, 100)]
    assert parts(Path("-"), 2) == [(0, None)]
