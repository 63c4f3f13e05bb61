"""R035, all except the winning bid disqualified."""

from detect.cardinal.indicator import PerProcess
from detect.cardinal.process import Process, ids
from detect.cardinal.settings import Given
from detect.cardinal.tally import Tally


class R035(PerProcess):
    """Only the winner's bids are valid, and those of at least so many others (1) are disqualified.

    The value of the process is the number of those others; the winner is flagged too. Example: five firms
    bid, four are disqualified: 4.
    """

    def __init__(self, given: Given) -> None:
        """Take the least number of disqualified tenderers; at least one."""
        self.threshold = max(1, given.get("threshold", 1))

    def see(self, process: Process, tally: Tally) -> None:
        """Flag a winner left alone."""
        if not process.final or not process.active:
            return
        disqualified = {f for offer in process.offers if offer.status == "disqualified" for f in offer.firms}
        if not disqualified:
            return
        valid = {firm for offer in process.offers if offer.status == "valid" for firm in offer.firms}
        if len(valid) != 1 or valid != {firm for award in process.active for firm in ids(award.suppliers)}:
            return
        if (others := len(disqualified - valid)) >= self.threshold:
            tally.values["OCID", "R035"][process.ocid] = float(others)
            tally.values["Tenderer", "R035"].update(dict.fromkeys(valid, 0.0))
            tally.sets["ocid_tenderer_r035"][process.ocid] |= valid
