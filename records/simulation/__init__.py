"""How a provincial market is made: places, firms, tenders, entry, prices, rings, traces, frames.

Numbers are drawn step by step in calendar order (`play`), and only then turned into frames
(`frames`), so that the rows do not depend on how they are cut into chunks. Every random draw comes
from a NumPy generator seeded by the market's seed and the step.
"""
