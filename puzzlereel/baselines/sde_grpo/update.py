"""One change of the weights: gradients are cut, refused where they are not finite, applied, and averaged over time.

gradients ── norm above `most`? scaled down to it ──► AdamW ──► weights ──► ema += (1 − decay)(weights − ema)
          └─ not finite? nothing changes
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite

import torch

from puzzlereel.baselines.sde_grpo import ranks
from puzzlereel.baselines.sde_grpo.state import Run


def update(run: Run, *, lr: float, most: float, decay: float) -> float:
    """Change the weights along the gradients, summed over all processes, and clear these; their norm before it was cut.

    Where that is not finite, nothing changes. `most` is the longest norm that is applied; `decay` in [0, 1) is how much
    of the moving average stays, less during the first updates: (1 + updates) / (10 + updates).
    """
    ranks.summed([weight.grad for weight in run.trained.values() if weight.grad is not None])
    longest = torch.nn.utils.clip_grad_norm_(run.trained.values(), most)
    norm = float(longest.full_tensor() if ranks.is_sharded(longest) else longest)
    if isfinite(norm):
        for group in run.optimizer.param_groups:
            group["lr"] = lr
        run.optimizer.step()
        run.updates += 1
        held = min(decay, (1 + run.updates) / (10 + run.updates))
        with torch.no_grad():
            for name, weight in run.trained.items():
                ranks.local(run.ema[name]).lerp_(ranks.local(weight), 1 - held)
    run.optimizer.zero_grad(set_to_none=True)
    return norm


@contextmanager
def averaged(run: Run) -> Iterator[None]:
    """With the moving average for weights, and the weights in its place; both are put back at the end, bit for bit."""
    _swap(run)
    try:
        yield
    finally:
        _swap(run)


def _swap(run: Run) -> None:
    """Exchange weights and their average, one tensor after another: a second copy of all of them has no room."""
    with torch.no_grad():
        for name, weight in run.trained.items():
            mine, mean = ranks.local(weight), ranks.local(run.ema[name])
            held = mine.clone()
            mine.copy_(mean)
            mean.copy_(held)
