"""Codes that look right and belong to nobody: credit codes, identity numbers, devices, accounts.

Division codes 6299xx are assigned neither in GB/T 2260 nor by a registry; identity numbers use them
too. IP addresses come from the reserved block 240.0.0.0/4, telephone numbers from the unassigned
prefix 121, so that no value can be a real party's.
"""

import numpy as np
import polars as pl

from records.simulation.arrays import Glyphs, Ints, below, digits, mix, text

ALPHABET = b"0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100-2015."""

WEIGHTS = np.array([3**k % 31 for k in range(17)])
BODY_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_LETTERS = np.frombuffer(ALPHABET, np.uint8)


def credit_codes(kind: str, series: str, numbers: Ints, wrong: Ints | None = None) -> pl.Series:
    """Unified social credit codes with valid check characters, one per number below 31**5.

    `kind` is registering authority and class, e.g. 91 for companies, 12 for public institutions;
    `series` the first three characters of the organisation code. Neighbouring numbers give distant codes.
    `wrong` (0 or 1 per code) spoils the last character.

    >>> credit_codes("91", "MAX", np.array([0, 1])).to_list()
    ['91629901MAX000007W', '91629902MAX570MG0G']
    """
    n = numbers.size
    values = np.zeros((n, 18), np.int64)
    values[:, :2] = [int(c) for c in kind]
    values[:, 2:8] = digits(629901 + numbers % 97, 6).astype(np.int64) - ord("0")
    values[:, 8:11] = [ALPHABET.index(c) for c in series.encode()]
    values[:, 11:16] = (numbers * 4_826_809 % 31**5)[:, None] // 31 ** np.arange(4, -1, -1) % 31
    organisation = (11 - _ordinary(values[:, 8:16]) @ BODY_WEIGHTS % 11) % 11
    values[:, 16] = np.where(organisation == 10, ALPHABET.index(b"X"), organisation)
    values[:, 17] = (31 - values[:, :17] @ WEIGHTS % 31) % 31
    if wrong is not None:
        values[:, 17] = (values[:, 17] + wrong) % 31
    return text(_LETTERS[values])


def _ordinary(values: Ints) -> Ints:
    """Values in GB 11714, whose alphabet is the full A to Z (A = 10)."""
    letters = _LETTERS[values].astype(np.int64)
    return np.where(letters >= ord("A"), letters - ord("A") + 10, letters - ord("0"))


def identity_numbers(seed: int, people: Ints) -> pl.Series:
    """Identity numbers (GB 11643) of fictitious people, check character included."""
    h = mix(seed, people, 1)
    born = (1960 + below(h, 38)) * 10_000 + (1 + below(h >> np.uint64(8), 12)) * 100
    born += 1 + below(h >> np.uint64(16), 28)
    body = np.hstack(
        [
            digits(629901 + below(h >> np.uint64(24), 97), 6),
            digits(born, 8),
            digits(below(h >> np.uint64(32), 1000), 3),
        ]
    )
    weights = np.array([2**k % 11 for k in range(17, 0, -1)])
    check = (12 - (body.astype(np.int64) - ord("0")) @ weights % 11) % 11
    return text(body, np.frombuffer(b"0123456789X", np.uint8)[check][:, None])


def macs(seed: int, devices: Ints) -> pl.Series:
    """MAC addresses; the locally-administered bit is clear."""
    h = mix(seed, devices, 2)
    first = below(h, 64) * 4
    pairs: list[str | Glyphs] = [digits(first, 2, 16)]
    for k in range(1, 6):
        pairs += ["-", digits(h >> np.uint64(8 * k), 2, 16)]
    return text(*pairs)


def cpus(seed: int, devices: Ints) -> pl.Series:
    """CPU ids: signatures of some 300 models, so that equality alone says little."""
    return text("BFEBFBFF", digits(below(mix(seed, devices, 3), 300) * 31 + 0x90600, 8, 16))


def disks(seed: int, devices: Ints) -> pl.Series:
    """Disk serials."""
    return text("WD-WX", digits(mix(seed, devices, 4), 10, 16))


def boards(seed: int, devices: Ints) -> pl.Series:
    """Board serials."""
    return text("PF", digits(mix(seed, devices, 5), 11, 16))


def addresses(seed: int, lines: Ints) -> pl.Series:
    """Public IPv4 addresses from the reserved block 240.0.0.0/4 (never routed), as dotted text."""
    h = mix(seed, lines, 6)
    octets = [240 + below(h, 15), *(below(h >> np.uint64(8 * k), 256) for k in range(1, 4))]
    return pl.select(pl.concat_str([pl.lit(pl.Series(o)) for o in octets], separator=".")).to_series()


def numbers(seed: int, prefix: str, entities: Ints, width: int, salt: int) -> pl.Series:
    """Serial numbers of `width` digits behind a prefix: accounts, locks, keys, telephones."""
    return text(prefix, digits(mix(seed, entities, salt), width))
