"""R058, heavily discounted bid."""

from detect.cardinal.indicator import Meta
from detect.cardinal.indicators.gap import gaps
from detect.cardinal.process import Process
from detect.cardinal.quartiles import quartiles, upper_fence
from detect.cardinal.settings import Given
from detect.cardinal.tally import Tally


class R058:
    """The gap to the second-lowest valid bid is a high outlier; the winner is flagged too.

    The fence is Q3 + 1.5 IQR of all gaps unless set, and included. Silent where it is not above zero.
    Example: quartiles 0.05 and 0.07 put the fence at 0.10; a gap of 0.10 is flagged.
    """

    def __init__(self, given: Given) -> None:
        """Take the fence."""
        self.threshold: float | None = given.get("threshold")

    def see(self, process: Process, tally: Tally) -> None:
        """Nothing: gaps are noted once for all who read them."""

    def finish(self, tally: Tally) -> Meta:
        """Flag the gaps at or above the fence."""
        ocids, found, shares = gaps(tally)
        meta = {}
        if self.threshold is None:
            q1, q3 = quartiles(shares)
            meta = {"q1": q1, "q3": q3, "upper_fence": upper_fence(q1, q3)}
        fence = meta.setdefault("upper_fence", self.threshold or 0.0)
        if fence > 0:
            for i in (shares >= fence).nonzero()[0].tolist():
                tally.values["OCID", "R058"][ocids[i]] = float(shares[i])
                tally.values["Tenderer", "R058"][found[i][0]] = 0.0
                tally.sets["ocid_tenderer_r058"][ocids[i]].add(found[i][0])
        return meta
