"""Runs of large models: begun from a model or from another run, gone on with, and read again.

RUN/run.json                   {"kind": "sft", "preset": "wan2.2-ti2v-5b-lora", "model": "Wan-AI/…", "shape": {…}, …}
RUN/sft.jsonl, RUN/grpo.jsonl  the figures of every step
RUN/step-00000120/             checkpoints (`state`): the trained weights alone, since the others are the model's
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from puzzlereel.baselines.sde_grpo import ranks
from puzzlereel.baselines.sde_grpo.lessons import Lesson, lesson_from, rows_of
from puzzlereel.baselines.sde_grpo.metrics import Tell, Watch
from puzzlereel.baselines.sde_grpo.preflight import Floor, noise_floor
from puzzlereel.baselines.sde_grpo.recipes import Recipe
from puzzlereel.baselines.sde_grpo.rewards import examine
from puzzlereel.baselines.sde_grpo.runs import ABOUT, KINDS, begin_run
from puzzlereel.baselines.sde_grpo.sft import tune
from puzzlereel.baselines.sde_grpo.state import BadCheckpoint, Run, checkpoints, opened
from puzzlereel.baselines.sde_grpo.train import train
from puzzlereel.baselines.sde_grpo.wan import WanPolicy, WanShape
from puzzlereel.baselines.sde_grpo.wan_files import Lora, load
from puzzlereel.hub.dataset import Row
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.verifiers.apart import Judges


@dataclass(frozen=True)
class About:
    """What a run of a large model trains."""

    kind: str
    preset: str
    puzzle: str
    """Empty where it is trained on every puzzle of its data set."""
    seed: int
    model: str
    """The folder of a pipeline or its id on the Hub, from which all weights come that are not trained."""
    shape: WanShape
    lora: Lora | None
    start: str = ""
    """The checkpoint of another run that it starts from, as `newest_of` tells it; empty where there is none."""

    @property
    def name(self) -> str:
        """What a board calls the policy."""
        return " ".join(part for part in (self.preset, self.puzzle, f"policy, {KINDS[self.kind]}") if part)


class Lessons(NamedTuple):
    """What a run learns from, and what it is examined with."""

    taught: Sequence[Lesson]
    held: Sequence[Lesson]

    @property
    def prompts(self) -> list[str]:
        return list(dict.fromkeys(lesson.prompt for lesson in (*self.taught, *self.held)))


def lessons_from(data: Path, val: Path | None, puzzle: str, *, shown: int | None, held: int) -> Lessons:
    """The train levels of a data set, all or so many, puzzles in turns; and levels of val of another one, likewise.

    PuzzlereelError where their films are not all of one size.
    """
    taught = _some(rows_of(data, "train", puzzle), shown)
    kept = _some(rows_of(val, "val", puzzle), held) if val else []
    if len(sizes := {_size(row) for row in (*taught, *kept)}) > 1:
        told = ", ".join(f"{frames} x {height}x{width}" for frames, height, width in sorted(sizes))
        raise PuzzlereelError(f"expected films of one size to train on, got {told}")
    return Lessons([lesson_from(row) for row in taught], [lesson_from(row) for row in kept])


def shape_of(recipe: Recipe, lessons: Lessons) -> WanShape:
    """The recipe's shape at the size of the films."""
    lesson, shape = lessons.taught[0], recipe.shape
    size = lesson.timing.frames, lesson.canvas.height, lesson.canvas.width
    return replace(shape, frames=size[0], height=size[1], width=size[2])


def is_large(folder: Path) -> bool:
    """Whether a folder is that of a run of a large model."""
    try:
        return "model" in json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, RecursionError):
        return False


def about_of(folder: Path) -> About:
    """What a run trains; BadCheckpoint where the folder is that of none of a large model."""
    try:
        told = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        lora = told["lora"] and Lora(**told["lora"] | {"targets": tuple(told["lora"]["targets"])})
        about = About(**told | {"shape": WanShape(**told["shape"]), "lora": lora})
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        told = f"{str(error)[:100]} in {folder / ABOUT}"
        raise BadCheckpoint(f"expected the folder of a run of a large model, got {told}") from None
    if about.kind not in KINDS:
        raise BadCheckpoint(f"expected a run of {', '.join(KINDS)}, got {about.kind!r:.40} in {folder / ABOUT}")
    return about


def policy_for(
    about: About,
    *,
    cache: Path,
    device: str,
    checkpointing: bool,
    compiled: bool = False,
    prompts: Sequence[str] = (),
    start: Path | None,
) -> WanPolicy:
    """The policy that a run begins with: the model's own, or that of the run that it starts from."""
    policy = load(
        about.model,
        about.shape,
        cache=cache,
        lora=about.lora,
        checkpointing=checkpointing,
        compiled=compiled,
        seed=about.seed,
        prompts=prompts,
        device=device,
    )
    if start:
        put_average(policy, start)
    return policy


def policy_of(folder: Path, *, cache: Path, device: str, prompts: Sequence[str] = ()) -> WanPolicy:
    """The policy of a run's newest checkpoint, its weights the moving average; BadCheckpoint where there is none."""
    about = about_of(folder)
    return policy_for(about, cache=cache, device=device, checkpointing=False, prompts=prompts, start=folder)


def put_average(policy: WanPolicy, folder: Path) -> None:
    """Give a policy the averaged weights of a run's newest checkpoint; BadCheckpoint where they are not its."""
    found = checkpoints(folder)
    if not found:
        raise BadCheckpoint(f"expected a checkpoint, found none in {folder}")
    wanted, (_, held) = policy.state_dict(), opened(found[-1])
    there = {name.removeprefix("ema/"): held.shape(name) for name in held.holders if name.startswith("ema/")}
    if {name: tuple(value.shape) for name, value in wanted.items()} != there:
        raise BadCheckpoint(f"expected a checkpoint of the policy that {ABOUT} tells, got another in {found[-1]}")
    with torch.no_grad():
        for name, value in wanted.items():
            value.copy_(held.whole(f"ema/{name}"))


def run_sft(
    about: About,
    recipe: Recipe,
    lessons: Lessons,
    folder: Path,
    *,
    policy: WanPolicy,
    workers: int,
    tell: Tell,
    watch: Watch | None = None,
) -> Run:
    """Teach a policy by films, or go on with that."""
    begin_run(folder, about, about_of)
    with Judges(ranks.fair(workers)) as judges:
        ask = exam(policy, lessons.held, recipe, judges, tell)
        return tune(policy, lessons.taught, recipe.tuning, folder, examine=ask, watch=watch)


def run_grpo(
    about: About,
    recipe: Recipe,
    lessons: Lessons,
    folder: Path,
    *,
    policy: WanPolicy,
    workers: int,
    tell: Tell,
    watch: Watch | None = None,
) -> Run:
    """Train a policy by what the verifier says of its films, or go on with that."""
    begin_run(folder, about, about_of)
    with Judges(ranks.fair(workers)) as judges:
        ask = exam(policy, lessons.held, recipe, judges, tell)
        tell(f"preflight: {preflight(policy, lessons, recipe)}")
        return train(policy, lessons.taught, recipe.training, folder, judges=judges, examine=ask, watch=watch)


def preflight(policy: WanPolicy, lessons: Lessons, recipe: Recipe) -> Floor:
    """How exactly a rollout can be replayed here."""
    return noise_floor(policy, lessons.taught, recipe.training)


def exam(
    policy: WanPolicy, held: Sequence[Lesson], recipe: Recipe, judges: Judges, tell: Tell
) -> Callable[[], Mapping[str, Any]]:
    """What asks a policy for films of the held levels whenever it is called; it does nothing where there are none."""
    training = recipe.training

    def ask() -> Mapping[str, Any]:
        if not held:
            return {}
        found = examine(policy, held, run=training.run, steps=training.steps, batch=training.batch, judges=judges)
        tell(f"val: success {100 * found['success']:.1f} %, reward {found['reward']:.3f}, of {len(held)} films")
        return found

    return ask


def _some(rows: Sequence[Row], most: int | None) -> list[Row]:
    """The first rows, puzzles in turns, so many in all."""
    if most is None:
        return list(rows)
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(row.puzzle, []).append(row)
    turns = [kind[place] for place in range(len(rows)) for kind in kinds.values() if place < len(kind)]
    return turns[:most]


def _size(row: Row) -> tuple[int, int, int]:
    return row.n_frames, row.height, row.width
