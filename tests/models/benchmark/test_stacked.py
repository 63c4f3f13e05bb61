from dataclasses import replace

import numpy as np
from sklearn.metrics import roc_auc_score

from models.benchmark.frames import Labelled, Unit
from models.benchmark.run import Job, judge, methods
from models.benchmark.splits import Protocol, splits
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
    job = Job(Protocol.GROUPED, Unit.COUNTED, simulated[0], replace(stack, threshold=0.5))
    split = splits(Protocol.GROUPED, simulated[0], simulated, Unit.COUNTED)[0]

    judged = judge(job, split, simulated, 0)

    assert stack.protocols == (Protocol.GROUPED,)
    assert judged is not None
    assert roc_auc_score(judged.label, judged.score) > 0.6
