"""The gap between the winning bid and the next lowest, which R024 and R058 judge from either end."""

import numpy as np

from detect.cardinal.process import Process
from detect.cardinal.quartiles import Numbers
from detect.cardinal.tally import Tally

Gap = tuple[str, str, float, float]


def see_gap(process: Process, tally: Tally) -> None:
    """Note winner, lowest other, and their prices, where the lowest valid bid won.

    Only bids of one tenderer in the main currency count; of several bids of a firm, its lowest.
    """
    if process.winner is None or not process.compares:
        return
    won: float | None = None
    lost: float | None = None
    loser = ""
    for offer in process.offers:
        price, firm = offer.price, offer.sole
        if offer.status != "valid" or price is None or firm is None:
            continue
        if not tally.in_main_currency(offer.currency):
            continue
        if firm == process.winner:
            won = price if won is None or price < won else won
        elif lost is None or price < lost:
            lost, loser = price, firm
    if won is not None and lost is not None and lost >= won:
        tally.latest["gaps"][process.ocid] = (process.winner, loser, won, lost)


def gaps(tally: Tally) -> tuple[list[str], list[Gap], Numbers]:
    """Processes, their gaps, and these as shares of the winning price.

    A gap of zero above a price of zero has no share and is left out.
    """
    found: dict[str, Gap] = tally.latest["gaps"]
    won = np.fromiter((gap[2] for gap in found.values()), float, len(found))
    lost = np.fromiter((gap[3] for gap in found.values()), float, len(found))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        shares = (lost - won) / won
    known = ~np.isnan(shares)
    if known.all():
        return list(found), list(found.values()), shares
    kept = np.flatnonzero(known).tolist()
    ocids, values = list(found), list(found.values())
    return [ocids[i] for i in kept], [values[i] for i in kept], shares[known]
