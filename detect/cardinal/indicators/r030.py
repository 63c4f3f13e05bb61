"""R030, late bid won."""

from detect.cardinal.indicator import PerProcess
from detect.cardinal.process import Process, ids
from detect.cardinal.tally import Tally


class R030(PerProcess):
    """A supplier with an award in force had a valid bid after the tender period; it is flagged too.

    The two dates are compared as texts. Example: a bid of "2021-03-02" where the period ends "2021-03-01".
    """

    def see(self, process: Process, tally: Tally) -> None:
        """Flag late winners."""
        period = process.tender.tender_period
        end = period.end_date if period is not None else None
        if not process.active or not isinstance(end, str):
            return
        late = [o for o in process.offers if isinstance(o.date, str) and o.date > end and o.status == "valid"]
        if not late:
            return
        suppliers = {firm for award in process.active for firm in ids(award.suppliers)}
        if firms := suppliers.intersection(firm for offer in late for firm in offer.firms):
            tally.values["OCID", "R030"][process.ocid] = 1.0
            tally.values["Tenderer", "R030"].update(dict.fromkeys(firms, 1.0))
            tally.sets["ocid_tenderer_r030"][process.ocid] |= firms
