"""R024, price close to the winning bid."""

from detect.cardinal.indicator import Meta
from detect.cardinal.indicators.gap import gaps
from detect.cardinal.process import Process
from detect.cardinal.quartiles import lower_fence, quartiles
from detect.cardinal.settings import Given
from detect.cardinal.tally import Tally


class R024:
    """The gap to the second-lowest valid bid is a low outlier; winner and runner-up are flagged too.

    The fence is Q1 - 1.5 IQR of all gaps unless set, and included. Silent where the fence or Q1 is not
    above zero. Example: quartiles 0.10 and 0.12 put the fence at 0.07; a gap of 0.07 is flagged.
    """

    def __init__(self, given: Given) -> None:
        """Take the fence."""
        self.threshold: float | None = given.get("threshold")

    def see(self, process: Process, tally: Tally) -> None:
        """Nothing: gaps are noted once for all who read them."""

    def finish(self, tally: Tally) -> Meta:
        """Flag the gaps at or below the fence."""
        ocids, found, shares = gaps(tally)
        meta, q1 = {}, 1.0
        if self.threshold is None:
            q1, q3 = quartiles(shares)
            meta = {"q1": q1, "q3": q3, "lower_fence": lower_fence(q1, q3)}
        fence = meta.setdefault("lower_fence", self.threshold or 0.0)
        if q1 > 0 and fence > 0:
            for i in (shares <= fence).nonzero()[0].tolist():
                tally.values["OCID", "R024"][ocids[i]] = float(shares[i])
                for firm in found[i][:2]:
                    tally.values["Tenderer", "R024"][firm] = 0.0
                    tally.sets["ocid_tenderer_r024"][ocids[i]].add(firm)
        return meta
