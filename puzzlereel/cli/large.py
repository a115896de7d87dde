"""What `train`, `preflight` and `sample` have in common where they are about a large model."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from puzzlereel.puzzles.core import PuzzlereelError

if TYPE_CHECKING:
    from puzzlereel.baselines.sde_grpo.recipes import Recipe
    from puzzlereel.baselines.sde_grpo.wan import WanPolicy
    from puzzlereel.baselines.sde_grpo.wan_runs import About, Lessons

Watch = Callable[[Mapping[str, Any]], None]
Watching = Callable[[int], Watch]
"""Gives who watches a run of so many steps."""
MODEL = Annotated[
    str | None, typer.Option(help="A large model: the folder of a diffusers pipeline, or its id on the Hub.")
]
DATA = Annotated[Path | None, typer.Option(help="The data set of train levels that a large model is trained on.")]
VAL = Annotated[Path | None, typer.Option(help="One of val levels, to examine a large model with; none without it.")]
CACHE = Annotated[
    Path | None, typer.Option(help="Where a large model's prompts and films are kept, encoded; cache beside OUT.")
]
COMPILE = Annotated[
    bool | None, typer.Option("--compile", help="Compile a large model's blocks: slow to begin, then faster on a GPU.")
]
BATCH = Annotated[int | None, typer.Option(min=1, help="Films of a large model in memory at once; the preset says.")]


class Wanted(NamedTuple):
    """What the command line says of a run of a large model."""

    model: str | None
    data: Path | None
    val: Path | None
    cache: Path | None
    batch: int | None
    compile: bool | None = None

    def refuse(self, why: str) -> None:
        """PuzzlereelError where anything is said that only a large model has."""
        if given := [f"--{name}" for name, value in self._asdict().items() if value is not None]:
            raise PuzzlereelError(f"expected {' and '.join(given)} with a preset of a large model only, got {why}")


class Begun(NamedTuple):
    about: "About"
    recipe: "Recipe"
    lessons: "Lessons"
    policy: "WanPolicy"


def large(wanted: Wanted, start: Path | None, preset: str | None) -> bool:
    """Whether a run is one of a large model; PuzzlereelError where it is not said, or twice, what it starts from."""
    from puzzlereel.baselines.sde_grpo.wan_runs import is_large

    if (start is None) == (preset is None) or (start is None) == (wanted.model is None):
        raise PuzzlereelError("expected the folder of a run to start from, or --preset and --model")
    if start and not is_large(start):
        wanted.refuse(f"the run {start}")
        return False
    return True


def begin(
    kind: str,
    wanted: Wanted,
    out: Path,
    *,
    preset: str | None = None,
    start: Path | None = None,
    puzzle: str | None = None,
    seed: int = 0,
    shown: int | None = None,
) -> Begun:
    """All that a run of a large model needs, from a preset and a model or from a run to start from."""
    from puzzlereel.baselines.sde_grpo.recipes import recipe_of
    from puzzlereel.baselines.sde_grpo.runs import newest_of
    from puzzlereel.baselines.sde_grpo.wan_files import device_here
    from puzzlereel.baselines.sde_grpo.wan_runs import About, about_of, lessons_from, policy_for, shape_of

    before = about_of(start) if start else None
    name = before.preset if before else preset or ""
    recipe, model = recipe_of(name, seed=seed), before.model if before else wanted.model
    if model is None or wanted.data is None:
        raise PuzzlereelError(f"expected --model and --data with {name}, got {wanted.model} and {wanted.data}")
    puzzle = puzzle or (before.puzzle if before else "")
    lessons = lessons_from(wanted.data, wanted.val, puzzle, shown=shown, held=recipe.held)
    lora = before.lora if before else recipe.lora
    begun = newest_of(start) if start else ""
    about = About(kind, name, puzzle, seed, model, shape_of(recipe, lessons), lora, begun)
    policy = policy_for(
        about,
        cache=wanted.cache or out.parent / "cache",
        device=device_here(),
        checkpointing=recipe.checkpointing,
        compiled=bool(wanted.compile),
        prompts=lessons.prompts,
        start=start,
    )
    return Begun(about, recipe, lessons, policy)


def run_large(begun: Begun, out: Path, told: Mapping[str, Any], workers: int, watching: Watching) -> Any:
    """Train a large model, with what the command line changes of the preset."""
    from puzzlereel.baselines.sde_grpo.wan_runs import run_grpo, run_sft

    about, recipe, lessons, policy = begun
    if about.kind == "sft":
        recipe = replace(recipe, tuning=changed(recipe.tuning, told))
        go, steps = run_sft, recipe.tuning.steps
    else:
        window = replace(recipe.training.window, policy=told["window"])
        recipe = replace(recipe, training=changed(recipe.training, {**told, "window": window}))
        go, steps = run_grpo, recipe.training.iterations
    shape = about.shape
    size = f"{shape.frames} frames of {shape.height}x{shape.width}, in {shape.compute}"
    say(f"{about.name}: {len(lessons.taught)} levels, films of {size}")
    watch = watching(steps)
    return go(about, recipe, lessons, out, policy=policy, workers=workers, tell=say, watch=watch)


def say(message: str) -> None:
    """Print a line, once where several processes train together."""
    from puzzlereel.baselines.sde_grpo.ranks import first

    if first():
        typer.echo(message)


def changed(options: Any, told: Mapping[str, Any]) -> Any:
    """Options with those that are told; None says nothing."""
    return replace(options, **{name: value for name, value in told.items() if value is not None})
