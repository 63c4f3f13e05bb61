"""All enabled indicators of a file, in several processes."""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from joblib import Parallel, cpu_count, delayed

from detect.cardinal.indicator import Indicator
from detect.cardinal.indicators.gap import see_gap
from detect.cardinal.indicators.r003 import R003
from detect.cardinal.indicators.r018 import R018
from detect.cardinal.indicators.r024 import R024
from detect.cardinal.indicators.r025 import R025
from detect.cardinal.indicators.r028 import R028
from detect.cardinal.indicators.r030 import R030
from detect.cardinal.indicators.r035 import R035
from detect.cardinal.indicators.r036 import R036
from detect.cardinal.indicators.r038 import R038
from detect.cardinal.indicators.r048 import R048
from detect.cardinal.indicators.r058 import R058
from detect.cardinal.lines import STANDARD_INPUT, Part, blocks, parts
from detect.cardinal.process import Process, process
from detect.cardinal.quartiles import rounded
from detect.cardinal.release import decode
from detect.cardinal.settings import Settings
from detect.cardinal.tally import Tally
from records.source import BadInput

INDICATORS: tuple[type[Indicator], ...] = (
    R003, R018, R024, R025, R028, R030, R035, R036, R038, R048, R058,
)  # fmt: skip
GROUPS = ("OCID", "Tenderer", "Buyer", "ProcuringEntity")
MAPS = (
    "ocid_buyer_r038", "ocid_procuringentity_r038", "ocid_tenderer", "ocid_tenderer_r024",
    "ocid_tenderer_r028", "ocid_tenderer_r030", "ocid_tenderer_r035", "ocid_tenderer_r058",
)  # fmt: skip

See = Callable[[Process, Tally], None]


@dataclass(frozen=True)
class Result:
    """What the indicators say of a file.

    `groups` are the results by group, id and indicator; `meta` the quartiles and fences by indicator;
    `maps` the organizations by process. `warnings` are lines and prices that were left out.
    """

    groups: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    meta: dict[str, dict[str, float | None]] = field(default_factory=dict)
    maps: dict[str, dict[str, Any]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def json(self, *, meta: bool = True, maps: bool = False) -> bytes:
        """The result as one JSON object, in the published form."""
        return msgspec.json.encode(
            {**self.groups, **({"Meta": self.meta} if meta else {}), **({"Maps": self.maps} if maps else {})}
        )


def run(path: Path, settings: Settings, *, maps: bool = False, workers: int | None = None) -> Result:
    """Compute the enabled indicators of a file of compiled releases, one to a line; `-` is standard input.

    Raises:
        BadInput: the file cannot be read.

    """
    workers = workers or cpu_count()
    try:
        if path != STANDARD_INPUT:
            path.open("rb").close()
        return _result(_total(path, settings, maps, workers), settings, maps)
    except OSError as error:
        raise BadInput(f"The file cannot be read: {error.strerror}", str(path), "Check the path.") from error


def _total(path: Path, settings: Settings, maps: bool, workers: int) -> Tally:
    total = Tally(settings.currency)
    several = parts(path, workers)
    tallies: Iterable[Tally] = (
        Parallel(n_jobs=workers, return_as="generator")(
            delayed(tally_part)(path, part, settings, maps) for part in several
        )
        if len(several) > 1
        else (tally_part(path, part, settings, maps) for part in several)
    )
    for part, tally in zip(several, tallies, strict=True):
        if None not in (total.currency, tally.currency) and tally.currency != total.currency:
            # It took its own first currency for the main one.
            tally = tally_part(path, part, settings, maps, total.currency)
        total.currency = total.currency or tally.currency
        total.add(tally)
    return total


def tally_part(path: Path, part: Part, settings: Settings, maps: bool, currency: str | None = None) -> Tally:
    """The tally of one part; without a currency, the first one met is the main one."""
    tally = Tally(currency or settings.currency)
    see = _seers(settings, maps)
    with _no_collector():
        for lines in blocks(path, part):
            _see_lines(lines, settings, see, tally)
    return tally


def _seers(settings: Settings, maps: bool) -> list[See]:
    """What looks at each process, in the published order."""
    enabled = settings.indicators
    found: list[See] = []
    if maps and enabled.keys() & {"R025", "R038", "R048"}:
        found.append(_see_tenderers)
    if enabled.keys() & {"R024", "R058"}:
        found.append(see_gap)
    return found + [indicator.see for indicator in _enabled(settings)]


def _enabled(settings: Settings) -> list[Indicator]:
    given = settings.indicators
    return [kind(given[kind.__name__]) for kind in INDICATORS if kind.__name__ in given]


def _see_tenderers(process: Process, tally: Tally) -> None:
    firms = {firm for offer in process.offers if offer.submitted for firm in offer.firms}
    if firms:
        tally.sets["ocid_tenderer"][process.ocid] |= firms


def _see_lines(lines: list[bytes], settings: Settings, see: list[See], tally: Tally) -> None:
    valid = _are_utf8(lines)
    for number, line in enumerate(lines, tally.lines):
        try:
            if not valid:
                line.decode()
            found = decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if not line.isspace() and line:
                tally.invalid.append((number, str(error)))
            continue
        tender = found.tender
        method = tender.procurement_method_details if tender else None
        excluded = isinstance(method, str) and method in settings.excluded
        if not isinstance(found.ocid, str) or excluded or (tender and tender.status == "cancelled"):
            continue
        seen = process(found, found.ocid, compares=settings.compares(method))
        for look in see:
            look(seen, tally)
    tally.lines += len(lines)


def _are_utf8(lines: list[bytes]) -> bool:
    """Whether all are; the decoder does not look at texts that it skips."""
    try:
        pl.Series(lines, dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:
        return False
    return True


@contextmanager
def _no_collector() -> Iterator[None]:
    """Spare the search for reference cycles, of which there are none, through what grows."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _result(total: Tally, settings: Settings, maps: bool) -> Result:
    meta = {type(judge).__name__: judge.finish(total) for judge in _enabled(settings)}
    groups: dict[str, dict[str, dict[str, float]]] = {group: {} for group in GROUPS}
    for (group, name), values in total.values.items():
        found = groups[group]
        for who, value in values.items():
            found.setdefault(who, {})[name] = value
    return Result(
        {group: found for group, found in groups.items() if found},
        {name: {key: rounded(v) for key, v in values.items()} for name, values in meta.items() if values},
        {name: _map(name, total) for name in MAPS} if maps else {},
        _warnings(total, settings),
    )


def _map(name: str, total: Tally) -> dict[str, Any]:
    return total.latest[name] or {ocid: sorted(firms) for ocid, firms in total.sets[name].items()}


def _warnings(total: Tally, settings: Settings) -> list[str]:
    invalid = [f"Line {line + 1} is left out, it is no valid JSON: {why}" for line, why in total.invalid]
    others = total.counts["other currency"].items()
    foreign = [
        f"{n} prices in {who!r} are left out, the main currency is {total.currency!r}" for who, n in others
    ]
    return invalid + ([] if settings.quiet else foreign)
