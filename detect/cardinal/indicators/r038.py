"""R038, excessive disqualified bids."""

from detect.cardinal.indicator import Meta
from detect.cardinal.process import Process
from detect.cardinal.quartiles import quartiles, upper_fence
from detect.cardinal.settings import Given
from detect.cardinal.tally import Tally

GROUPS = ("Buyer", "ProcuringEntity", "Tenderer")
SUBMITTED = {group: f"submitted {group}" for group in GROUPS}
DISQUALIFIED = {group: f"disqualified {group}" for group in GROUPS}


class R038:
    """The share of submitted bids that are disqualified is a high outlier for a buyer, entity or firm.

    The fence is Q3 + 1.5 IQR of the group's shares unless set, and included; only those with enough
    submitted bids (2) count. Silent where the fence is not above zero. Example: quartiles 0.02 and 0.22
    put the fence at 0.52; a buyer with 59 of 100 bids disqualified is flagged.
    """

    def __init__(self, given: Given) -> None:
        """Take the fence, and the least number of submitted bids of firms and of buyers and entities.

        The latter is named for contracting processes, but counts bids, in the published program and so here.
        """
        self.threshold: float | None = given.get("threshold")
        least: int = given.get("minimum_contracting_processes", 2)
        self.least = dict(zip(GROUPS, (least, least, given.get("minimum_submitted_bids", 2)), strict=True))

    def see(self, process: Process, tally: Tally) -> None:
        """Count submitted and disqualified bids of all concerned."""
        bids = disqualified = 0
        by_firm, lost_by_firm = tally.counts[SUBMITTED["Tenderer"]], tally.counts[DISQUALIFIED["Tenderer"]]
        for offer in process.offers:
            if not offer.submitted:
                continue
            bids += 1
            for firm in offer.firms:
                by_firm[firm] += 1
            if offer.status == "disqualified":
                disqualified += 1
                for firm in offer.firms:
                    lost_by_firm[firm] += 1
        if bids:
            entity = process.tender.procuring_entity
            _count(tally, "Buyer", process.buyer.id, process.ocid, (bids, disqualified))
            if entity is not None:
                _count(tally, "ProcuringEntity", entity.id, process.ocid, (bids, disqualified))

    def finish(self, tally: Tally) -> Meta:
        """Flag the shares at or above the fence of their group."""
        return {name: value for group in GROUPS for name, value in self._judge(group, tally).items()}

    def _judge(self, group: str, tally: Tally) -> Meta:
        submitted, disqualified = tally.counts[SUBMITTED[group]], tally.counts[DISQUALIFIED[group]]
        least = max(1, self.least[group])
        shares = {who: disqualified.get(who, 0) / n for who, n in submitted.items() if n >= least}
        if not shares:
            return {}
        meta = {}
        fence = self.threshold
        if fence is None:
            q1, q3 = quartiles(shares.values())
            fence, meta = upper_fence(q1, q3), {f"{group}_q1": q1, f"{group}_q3": q3}
        if fence > 0:
            tally.values[group, "R038"].update({who: s for who, s in shares.items() if s >= fence})
        return {**meta, f"{group}_upper_fence": fence}


def _count(tally: Tally, group: str, who: object, ocid: str, bids: tuple[int, int]) -> None:
    if not isinstance(who, str):
        return
    submitted, disqualified = bids
    tally.counts[SUBMITTED[group]][who] += submitted
    if disqualified:
        tally.counts[DISQUALIFIED[group]][who] += disqualified
        tally.latest[f"ocid_{group.lower()}_r038"][ocid] = who
