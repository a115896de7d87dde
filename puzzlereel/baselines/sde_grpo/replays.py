"""The noisy steps of films as they are learned from, process by process, and what is written down where one is odd.

process 0    take  take  take        the takes of an update with something to learn
process 1    take  take  none        films of zeros that count for nothing, since all have to take the same steps
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from jaxtyping import Bool, Float32
from torch import Tensor

from puzzlereel.baselines.sde_grpo import ranks
from puzzlereel.baselines.sde_grpo.grpo import Advantages
from puzzlereel.baselines.sde_grpo.policy import Condition
from puzzlereel.baselines.sde_grpo.rewards import Asked, Take
from puzzlereel.baselines.sde_grpo.rollout import Kept
from puzzlereel.baselines.sde_grpo.sde import Move
from puzzlereel.baselines.sde_grpo.state import Run, write


class Replayed(NamedTuple):
    """One noisy step of some films that were sampled together."""

    condition: Condition
    kept: Kept
    move: Move
    advantage: Float32[Tensor, " batch"]
    live: Bool[Tensor, " batch"]
    """Whether a film counts: the others are replayed beside those that it was sampled with."""


def turns(takes: Sequence[Take], span: range, gain: Advantages, *, all_of_it: bool) -> Iterator[tuple[Take, list[int]]]:
    """What of this process's takes is learned from, of a span of the films: as many as any process has, some of no row.

    Rows are those in which there is something to learn, or all of a take that has one of them.
    """
    mine = [take for take in takes if take.rows and take.rows[0] in span and gain.live[take.rows].any()]
    most = max(ranks.gathered(len(mine)))
    for take in mine:
        yield take, [i for i, row in enumerate(take.rows) if all_of_it or gain.live[row]]
    for _ in range(most - len(mine)):
        yield takes[0], []


def replayed(take: Take, rows: Sequence[int], number: int, move: Move, gain: Advantages) -> Replayed:
    """A noisy step of some films of a take, or of one film of zeros where there are none."""
    condition, kept = take.condition.take(rows), take.kept[number].take(rows)
    films = [take.rows[i] for i in rows]
    advantage, live = gain.values[films], gain.live[films]
    if not rows:
        condition = condition.blank()
        kept = Kept(kept.step, *(part.new_zeros(1, *part.shape[1:]) for part in kept[1:]))
        advantage, live = advantage.new_zeros(1), live.new_zeros(1)
    return Replayed(condition, kept, move, advantage.to(kept.z.device), live.to(kept.z.device))


def not_finite(run: Run, losses: Float32[Tensor, " batch"]) -> list[int]:
    """The films whose loss is not finite; all of them where only the gradient is not."""
    if not losses.isfinite().all():
        return [i for i, finite in enumerate(losses.isfinite().tolist()) if not finite]
    gradients = [ranks.local(weight.grad) for weight in run.trained.values() if weight.grad is not None]
    return [] if all(gradient.isfinite().all() for gradient in gradients) else list(range(len(losses)))


def dump(path: Path, run: Run, asked: Sequence[Asked], odd: Sequence[int], some: Replayed) -> None:
    """Write down the odd ones of some films at a step, over which an update is skipped, unless that was done."""
    if path.exists():
        return
    films = [
        {"lesson": asked[i].lesson.id, "level": str(asked[i].lesson.way.level), "name": list(asked[i].name)}
        for i in odd
    ]
    kept = some.kept.take(odd)
    told = {
        "iteration": run.step,
        "updates": run.updates,
        "step": kept.step,
        **some.move._asdict(),
        "films": films,
    }
    tensors = {"before": kept.before, "after": kept.after, "z": kept.z, "advantage": some.advantage[list(odd)]}
    write(path, told, {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()})
