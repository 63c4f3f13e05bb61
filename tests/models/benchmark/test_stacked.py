import numpy as np

from models.benchmark.frames import Labelled
from models.benchmark.run import methods, run
from models.benchmark.splits import Protocol
from models.benchmark.stacked import _weights


def test_a_voice_that_knows_nothing_is_not_heard_and_a_liar_is_not_turned() -> None:
    rng = np.random.default_rng(0)
    label = rng.random(400) < 0.3
    knows, noise = label + 0.5 * rng.random(400), rng.random(400)

    weights = _weights(np.column_stack([knows, noise, -knows]), label, np.ones(400))

    assert weights[0] > 5 * weights[1]
    assert weights[2] == 0


def test_the_stack_speaks_where_firms_may_be_known_and_nowhere_else(simulated: list[Labelled]) -> None:
    (stack,) = (m for m in methods() if m.name == "stack")

    found = run(simulated[:1], [Protocol.GROUPED, Protocol.TEMPORAL], [stack], resamples=0, jobs=1)

    assert set(found["protocol"]) == {"tender-grouped"}
    assert found.filter(metric="roc_auc")["value"].item() > 0.6
