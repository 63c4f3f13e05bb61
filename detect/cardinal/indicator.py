"""What an indicator is."""

from typing import Protocol

from detect.cardinal.process import Process
from detect.cardinal.settings import Given
from detect.cardinal.tally import Tally

Meta = dict[str, float]


class Indicator(Protocol):
    """Looks at each process, then at the whole file."""

    def __init__(self, given: Given) -> None: ...

    def see(self, process: Process, tally: Tally) -> None:
        """Note what matters of one process."""

    def finish(self, tally: Tally) -> Meta:
        """Judge what needs the whole file; the quartiles and fences used, by name."""


class PerProcess:
    """An indicator that is settled by each process alone."""

    def __init__(self, given: Given) -> None:
        """Take no settings."""

    def finish(self, tally: Tally) -> Meta:  # noqa: ARG002
        """Nothing is left to judge."""
        return {}
