"""Supervised fine-tuning: a policy learns to film from films, by flow matching.

latents of a film ─┐
noise ─────────────┴─ x = (1 − sigma) latents + sigma noise ──velocity──► v ──► loss = mean of (v − noise + latents)²

sigma is drawn from the levels of a rollout of many steps, so that it leans towards noise as rollouts do. Which film,
noise and sigma come next depends on the run's name and the place in the data alone. What is not free is no part of the
loss, and stays clean: it is the condition.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float32, UInt8
from torch import Tensor

from puzzlereel.baselines.sde_grpo import ranks
from puzzlereel.baselines.sde_grpo.lessons import Lesson, films_of, firsts_of
from puzzlereel.baselines.sde_grpo.metrics import Clock, Watch, open_log, tell
from puzzlereel.baselines.sde_grpo.policy import Condition, Policy
from puzzlereel.baselines.sde_grpo.sde import average
from puzzlereel.baselines.sde_grpo.seeds import normal, order, seed_of
from puzzlereel.baselines.sde_grpo.state import Run, begin, resume, save
from puzzlereel.baselines.sde_grpo.update import averaged, update

Latents = Float32[Tensor, "batch channels latent_frames rows columns"]

GRID = 1000
"""How many noise levels there are to draw from."""
AT_ONCE = 128
"""How many films are encoded at once."""


@runtime_checkable
class Teachable(Policy, Protocol):
    """A policy that can be shown films."""

    def latents(self, films: UInt8[Tensor, "batch frames height width 3"]) -> Latents:
        """Films as the policy would draw them."""


@runtime_checkable
class Fitted(Teachable, Protocol):
    """One that is fitted to training films once, before anything is trained."""

    def fit(self, films: UInt8[Tensor, "batch frames height width 3"]) -> None:
        """Fit what is fitted."""


@runtime_checkable
class Remembering(Teachable, Protocol):
    """One whose films are too many to be all in memory: it keeps what it makes of them on disk."""

    def remembered(self, lessons: Sequence[Lesson]) -> Latents:
        """The films of lessons as the policy would draw them, from the disk where they are there."""


@dataclass(frozen=True)
class Tuning:
    """How a policy is tuned."""

    run: str
    """The run's name: the seed of all its random numbers."""
    steps: int = 4000
    """The most steps that are taken."""
    batch: int = 32
    """Films a step."""
    at_once: int = 0
    """How many of them are in memory at once, 0 for all: the results are the same but for rounding."""
    lr: float = 1e-3
    warmup: int = 50
    """Over how many steps the learning rate rises to `lr`, where it stays: the success on val says when to stop."""
    decay: float = 0.01
    """AdamW's weight decay."""
    longest: float = 1.0
    """The longest gradient that is applied; others are cut to it."""
    ema: float = 0.99
    """How much of the weights' moving average stays at an update."""
    every: int = 200
    """Steps from one examination and checkpoint to the next."""
    enough: float = 1.0
    """The figure "success" of an examination at which training ends."""


class Shown(NamedTuple):
    """Films as training wants them."""

    latents: Latents
    condition: Condition


def show(policy: Teachable, lessons: Sequence[Lesson]) -> Shown:
    """The films of lessons, encoded."""
    parts = []
    for first in range(0, len(lessons), AT_ONCE):
        some = lessons[first : first + AT_ONCE]
        with torch.no_grad():
            latents = policy.remembered(some) if isinstance(policy, Remembering) else policy.latents(films_of(some))
            parts.append(Shown(latents, policy.encode([lesson.prompt for lesson in some], firsts_of(some))))
    latents = torch.cat([part.latents for part in parts])
    return Shown(latents, Condition.joined([part.condition for part in parts]))


def shelf(policy: Teachable, lessons: Sequence[Lesson]) -> Callable[[Sequence[int]], Shown]:
    """What gives the films of some lessons by their rows: all at hand, or from the disk if the policy keeps them."""
    if isinstance(policy, Remembering):
        return lambda rows: show(policy, [lessons[row] for row in rows])
    whole = show(policy, lessons)
    return lambda rows: Shown(whole.latents[list(rows)], whole.condition.take(rows))


def matching(
    policy: Policy, shown: Shown, sigma: Float32[Tensor, " batch"], noise: Latents
) -> Float32[Tensor, " batch"]:
    """The flow-matching loss of each film at a noise level: the squared error of its velocity, a free element."""
    level = sigma.to(shown.latents.device)[:, None, None, None, None]
    x = torch.where(policy.free, (1 - level) * shown.latents + level * noise, shown.latents)
    v = policy.velocity(x, sigma, shown.condition)
    return average((v - (noise - shown.latents)) ** 2, policy.free)


def tune(
    policy: Teachable,
    lessons: Sequence[Lesson],
    tuning: Tuning,
    folder: Path,
    *,
    examine: Callable[[], Mapping[str, Any]] = dict,
    watch: Watch | None = None,
) -> Run:
    """Tune a policy on lessons, or go on with it, until it is examined to be good enough or all steps are taken.

    `examine` gives figures of the policy with its averaged weights. Checkpoints and `sft.jsonl` come into `folder`.
    """
    run, clock = begin(policy, lr=tuning.lr, decay=tuning.decay), Clock()
    settings: dict[str, Any] = {"sft": asdict(tuning), "lessons": [lesson.id for lesson in lessons]}
    del settings["sft"]["steps"]  # a run may go on for longer than was first thought
    if not resume(run, folder, settings) and isinstance(policy, Fitted):
        policy.fit(films_of(lessons))
        ranks.made_same(policy)
    watch = watch if ranks.first() else None
    shown, grid = shelf(policy, lessons), torch.tensor(policy.sigmas(GRID)[:-1])
    with open_log(folder / "sft.jsonl" if ranks.first() else None, run.step) as log:
        while run.step < tuning.steps and not run.done:
            with clock("train"):
                figures = _step(run, shown, len(lessons), grid, tuning)
            if run.step % tuning.every and run.step < tuning.steps:
                tell(log, figures | clock.read(), watch)
                continue
            with clock("examine"), averaged(run):
                figures["examined"] = examine()
            run.done = figures["examined"].get("success", 0) >= tuning.enough
            tell(log, figures | clock.read(), watch)  # before the checkpoint, after which it is not told again
            with clock("checkpoint"):
                save(run, folder, settings)
    return run


def _step(
    run: Run,
    shown: Callable[[Sequence[int]], Shown],
    count: int,
    grid: Float32[Tensor, " levels"],
    tuning: Tuning,
) -> dict[str, Any]:
    """One step of training on some of so many films, of which each process takes its share, and its figures."""
    rows, mine, loss = order(tuning.run, run.position, tuning.batch, count), ranks.share(tuning.batch), 0.0
    share = tuning.at_once or tuning.batch
    for first in range(0, -(-tuning.batch // ranks.count()), share):
        # Who has one film less than others may have a part less: it goes on with one that does not count.
        some = mine[first : first + share] or mine[:1]
        batch = shown([rows[i] for i in some])
        names = [(tuning.run, "sft", run.position + i) for i in some]
        noise = normal([seed_of(*name, "noise") for name in names], tuple(batch.latents.shape[1:]))
        sigma = grid[[seed_of(*name, "sigma") % GRID for name in names]]
        part = matching(run.policy, batch, sigma, noise.to(batch.latents.device)).sum() / tuning.batch
        part = part * (first < len(mine))
        part.backward()
        loss += float(part.detach())
    loss = sum(ranks.gathered(loss))
    lr = tuning.lr * min(1.0, (run.step + 1) / tuning.warmup)
    norm = update(run, lr=lr, most=tuning.longest, decay=tuning.ema)
    run.step, run.position = run.step + 1, run.position + tuning.batch
    return {"step": run.step, "loss": loss, "norm": norm, "lr": lr, "updates": run.updates}
