"""R036, lowest bid disqualified."""

from detect.cardinal.indicator import PerProcess
from detect.cardinal.process import Process
from detect.cardinal.tally import Tally


class R036(PerProcess):
    """The lowest submitted bid is disqualified, in a process with an award in force and a valid priced bid.

    Of equal bids the first counts. Example: 100 disqualified, 120 valid, an award in force.
    """

    def see(self, process: Process, tally: Tally) -> None:
        """Flag a disqualified lowest bid."""
        if not process.active or not process.compares:
            return
        lowest: float | None = None
        status, valid = "", False
        for offer in process.offers:
            price = offer.price
            if price is None or not offer.submitted or not tally.in_main_currency(offer.currency):
                continue
            if lowest is None or price < lowest:
                lowest, status = price, offer.status
            valid = valid or offer.status == "valid"
        if valid and status == "disqualified":
            tally.values["OCID", "R036"][process.ocid] = 1.0
