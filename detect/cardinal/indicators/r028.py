"""R028, identical bid prices."""

from detect.cardinal.indicator import PerProcess
from detect.cardinal.process import Offer, Process
from detect.cardinal.tally import Tally


class R028(PerProcess):
    """Different tenderers submitted bids at the same price in the same currency; they are flagged too.

    A firm that repeats its own price is not flagged. Example: 100 USD by A and 100 USD by B.
    """

    def see(self, process: Process, tally: Tally) -> None:
        """Flag equal prices."""
        if not process.compares or len(process.offers) < 2:
            return
        priced = [o for o in process.offers if o.price is not None and o.firms and o.submitted]
        if len({offer.price for offer in priced}) < len(priced):
            _flag_equal(priced, process.ocid, tally)


def _flag_equal(priced: list[Offer], ocid: str, tally: Tally) -> None:
    """Compare each bid with the one before it at its price."""
    last: dict[tuple[float | None, str], set[str]] = {}
    for offer in priced:
        price, firms = (offer.price, offer.currency), set(offer.firms)
        other = last.get(price, firms)
        if other != firms:
            tally.values["OCID", "R028"][ocid] = 1.0
            tally.values["Tenderer", "R028"].update(dict.fromkeys(firms | other, 1.0))
            tally.sets["ocid_tenderer_r028"][ocid] |= firms | other
        last[price] = firms
