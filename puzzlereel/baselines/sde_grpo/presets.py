"""Policies and how they are trained, so that a run is one word. A preset is a function of the puzzle and a seed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from puzzlereel.baselines.sde_grpo import ranks
from puzzlereel.baselines.sde_grpo.lessons import JOINED, Lesson, lessons
from puzzlereel.baselines.sde_grpo.metrics import Tell, Watch
from puzzlereel.baselines.sde_grpo.policy import Policy, TinyPolicy, TinyShape
from puzzlereel.baselines.sde_grpo.preflight import Floor, noise_floor
from puzzlereel.baselines.sde_grpo.rewards import examine
from puzzlereel.baselines.sde_grpo.runs import About, about_of, begin_run, policy_of
from puzzlereel.baselines.sde_grpo.sft import Tuning, tune
from puzzlereel.baselines.sde_grpo.state import Run
from puzzlereel.baselines.sde_grpo.train import Training, train
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.verifiers.apart import Judges

STEPS = 8
"""Steps in which a tiny policy films, by the ODE, where nothing is learned from it."""


@dataclass(frozen=True)
class Preset:
    shape: TinyShape
    tuning: Tuning
    training: Training
    shown: int = 2500
    """Levels whose films SFT shows, from the first of the train split on."""
    asked: int = 2500
    """Levels that SDE-GRPO asks for films of, likewise."""
    held: int = 128
    """Levels of val that examinations ask for."""
    steps: int = STEPS
    """Steps of the rollouts of an examination."""


SHAPES: Mapping[str, TinyShape] = {
    "maze": TinyShape(),
    "flowfree": TinyShape(frames=13, height=32, width=32, text=64, words=True),
    "sokoban": TinyShape(height=48, width=48, text=64, words=True),
}
"""The sizes of the tiny policy of each puzzle: its levels of the tier `tiny`, one frame a state."""
ALL = "all"


def named(puzzles: Iterable[str]) -> str:
    """Puzzles that are learned together, as one name; PuzzlereelError where there are no tiny ones of such a name."""
    asked = set(puzzles)
    if unknown := sorted(asked - {*SHAPES, ALL}):
        raise PuzzlereelError(f"expected a puzzle of {', '.join(SHAPES)}, or {ALL}, got {unknown[0]!r}")
    return JOINED.join(name for name in SHAPES if asked & {name, ALL})


def shape_of(puzzle: str) -> TinyShape:
    """The sizes of a policy of a puzzle, or of several: large enough for the films of each."""
    shapes = [SHAPES[name] for name in named(puzzle.split(JOINED)).split(JOINED)]
    if len(shapes) == 1:
        return shapes[0]
    frames, height, width = (max(getattr(one, size) for one in shapes) for size in ("frames", "height", "width"))
    sizes = {"frames": frames, "height": height, "width": width, "codes": 64 * len(shapes)}
    return TinyShape(**sizes, channels=12, head=24, text=64, words=True)


def tiny(puzzle: str, seed: int) -> Preset:
    """Minutes on two cores for a puzzle: 0.25 M parameters, films of 9 to 13 frames.

    Rollouts have four steps, since more give no better films at this size, and all the noise that a step may have: with
    less, most groups agree, and nothing is learned from them.
    """
    name = f"tiny {puzzle} {seed}"
    return Preset(
        shape_of(puzzle),
        Tuning(name, steps=3000, batch=64, lr=4e-3, every=100, enough=0.7),
        Training(name, iterations=60, levels=24, group=12, batch=72, steps=4, eta=1.0, lr=2e-4, every=10),
    )


PRESETS: Mapping[str, Callable[[str, int], Preset]] = {"tiny": tiny}


def preset_of(name: str, puzzle: str, seed: int) -> Preset:
    """The preset of a name; PuzzlereelError where there is none."""
    if name not in PRESETS:
        raise PuzzlereelError(f"expected a preset of {', '.join(PRESETS)}, got {name!r}")
    return PRESETS[name](puzzle, seed)


def run_sft(about: About, preset: Preset, folder: Path, *, workers: int, tell: Tell, watch: Watch | None = None) -> Run:
    """Teach a new policy by films, or go on with that."""
    begin_run(folder, about)
    policy = TinyPolicy(about.shape, seed=about.seed)
    shown = lessons(about.puzzle, "train", range(preset.shown), about.shape)
    with Judges(ranks.fair(workers)) as judges:
        examine = exam(policy, about, preset, judges, tell)
        return tune(policy, shown, preset.tuning, folder, examine=examine, watch=watch)


def run_grpo(
    about: About, preset: Preset, start: Path, folder: Path, *, workers: int, tell: Tell, watch: Watch | None = None
) -> Run:
    """Train the policy of another run by what the verifier says of its films, or go on with that."""
    policy = policy_of(start)
    begin_run(folder, about)
    asked = lessons(about.puzzle, "train", range(preset.asked), about.shape)
    with Judges(ranks.fair(workers)) as judges:
        examine = exam(policy, about, preset, judges, tell)
        tell(f"preflight: {noise_floor(policy, asked, preset.training)}")
        return train(policy, asked, preset.training, folder, judges=judges, examine=examine, watch=watch)


def floor_of(start: Path) -> Floor:
    """How exactly rollouts of another run's policy can be replayed here, before it is trained."""
    about = about_of(start)
    preset = preset_of(about.preset, about.puzzle, about.seed)
    some = lessons(about.puzzle, "train", range(preset.training.batch), about.shape)
    return noise_floor(policy_of(start), some, preset.training)


def exam(policy: Policy, about: About, preset: Preset, judges: Judges, tell: Tell) -> Callable[[], Mapping[str, Any]]:
    """What asks a policy for films of the same levels of val whenever it is called, and tells how well that went."""
    held: list[Lesson] = lessons(about.puzzle, "val", range(preset.held), about.shape)

    def ask() -> Mapping[str, Any]:
        found = examine(policy, held, run=preset.tuning.run, steps=preset.steps, batch=64, judges=judges)
        kind = "puzzle" if JOINED in about.puzzle else "moves"
        shares = ", ".join(f"{name}: {100 * share:.0f} %" for name, share in found[f"by_{kind}"].items())
        tell(f"val: success {100 * found['success']:.1f} %, reward {found['reward']:.3f}; by {kind} {shares}")
        return found

    return ask
