"""`puzzlereel train`: `sft`, `grpo`, `plot` and `export`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from puzzlereel.cli.data import WORKERS
from puzzlereel.cli.large import (
    BATCH,
    CACHE,
    COMPILE,
    DATA,
    MODEL,
    VAL,
    Wanted,
    Watch,
    Watching,
    begin,
    changed,
    large,
    run_large,
    say,
)
from puzzlereel.cli.progress import progress_bar
from puzzlereel.puzzles.core import PuzzlereelError

train = typer.Typer(
    rich_markup_mode=None,
    help="""Train the baseline: by films, then by what the verifier says of its own films.

    \b
    Example: puzzlereel train sft --out runs/sft
    Example: puzzlereel train grpo runs/sft --out runs/grpo
    Example: puzzlereel train plot runs/grpo
    """,
)
OUT = Annotated[Path, typer.Option(help="The run's folder: new, or begun by the same command, which goes on.")]
PRESET = Annotated[str, typer.Option(help="tiny: minutes on two cores. Or one that `plan` takes.")]
SEED = Annotated[int, typer.Option(min=0, help="Another one gives other weights and random numbers.")]
BOARD = Annotated[bool, typer.Option("--tensorboard", help="Events for TensorBoard too, in OUT/tensorboard.")]
PUZZLES = Annotated[
    list[str] | None,
    typer.Option(
        "--puzzle",
        help="tiny: maze (without it), flowfree, sokoban, again for several, or all. Else one of the data's.",
    ),
]
ALONE = Annotated[
    str | None, typer.Option(help="One of the data set's; that of START, or all, without it. Large models only.")
]
START = Annotated[
    Path | None, typer.Argument(help="The folder of the run whose policy is trained on; or --preset and --model.")
]
HOW_MANY = Annotated[int, typer.Option(min=1, help="Processes that judge films.")]


@train.command()
def sft(
    out: OUT,
    preset: PRESET = "tiny",
    puzzle: PUZZLES = None,
    seed: SEED = 0,
    shown: Annotated[int | None, typer.Option(min=1, help="How many films; 2500 tiny ones, or all.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="The most steps; the preset says.")] = None,
    enough: Annotated[float | None, typer.Option(help="The success on val at which it ends; the preset says.")] = None,
    model: MODEL = None,
    data: DATA = None,
    val: VAL = None,
    cache: CACHE = None,
    batch: BATCH = None,
    compiled: COMPILE = None,
    workers: HOW_MANY = WORKERS,
    tensorboard: BOARD = False,
) -> None:
    """Teach a policy by films of solutions, until it films well enough or all steps are taken.

    Now and then it films levels of val, and a checkpoint is saved. The same command goes on where it was stopped.

    \b
    Example: puzzlereel train sft --out runs/sft
    Example: puzzlereel train sft --out runs/few --shown 200 --enough 1 --steps 1000
    Example: puzzlereel train sft --out runs/all --puzzle all --steps 6000
    Example: puzzlereel train sft --preset wan2.2-ti2v-5b-lora --model ./Wan2.2 --data data --out runs/lora
    """
    wanted = Wanted(model, data, val, cache, batch, compiled)
    tuned = {"steps": steps, "enough": enough, "at_once": batch}
    with watched(out, tensorboard=tensorboard) as watching:
        if preset == "tiny":
            wanted.refuse("tiny")
            run = _sft_tiny(out, puzzle or ["maze"], seed, shown, tuned, workers, watching)
        else:
            begun = begin("sft", wanted, out, preset=preset, puzzle=_only(puzzle), seed=seed, shown=shown)
            run = run_large(begun, out, tuned, workers, watching)
        say(f"{out}: {run.step} steps, {'good enough' if run.done else 'not good enough yet'}")


def _only(puzzles: list[str] | None) -> str | None:
    """The one puzzle that is named, if any."""
    if puzzles and len(puzzles) > 1:
        raise PuzzlereelError(f"expected one --puzzle with a data set, or none for all of it, got {len(puzzles)}")
    return puzzles[0] if puzzles else None


def _sft_tiny(
    out: Path,
    puzzles: list[str],
    seed: int,
    shown: int | None,
    tuned: Mapping[str, Any],
    workers: int,
    watching: Watching,
) -> Any:
    from puzzlereel.baselines.sde_grpo.presets import named, preset_of, run_sft
    from puzzlereel.baselines.sde_grpo.runs import About

    puzzle = named(puzzles)
    chosen = preset_of("tiny", puzzle, seed)
    chosen = replace(chosen, tuning=changed(chosen.tuning, tuned), shown=shown or chosen.shown)
    about = About("sft", "tiny", puzzle, seed, chosen.shape)
    return run_sft(about, chosen, out, workers=workers, tell=say, watch=watching(chosen.tuning.steps))


@train.command()
def grpo(
    out: OUT,
    start: START = None,
    preset: Annotated[str | None, typer.Option(help="Without START: that of a large model.")] = None,
    puzzle: ALONE = None,
    seed: SEED = 0,
    iterations: Annotated[int | None, typer.Option(min=1, help="The preset says.")] = None,
    levels: Annotated[int | None, typer.Option(min=1, help="Levels an iteration; the preset says.")] = None,
    group: Annotated[int | None, typer.Option(min=2, help="Films of each level; the preset says.")] = None,
    reward: Annotated[str, typer.Option(help="ours, sparse, paper or released.")] = "ours",
    window: Annotated[str, typer.Option(help="Trained steps: early, all, sliding or random.")] = "early",
    model: MODEL = None,
    data: DATA = None,
    val: VAL = None,
    cache: CACHE = None,
    batch: BATCH = None,
    compiled: COMPILE = None,
    workers: HOW_MANY = WORKERS,
    tensorboard: BOARD = False,
) -> None:
    """Train a policy by what the verifier says of its own films: SDE-GRPO.

    Now and then it films levels of val, and a checkpoint is saved. The same command goes on where it was stopped.

    \b
    Example: puzzlereel train grpo runs/sft --out runs/grpo
    Example: puzzlereel train grpo runs/sft --out runs/sparse --reward sparse --seed 1
    Example: puzzlereel train grpo runs/lora --data data --out runs/lora-grpo
    Example: puzzlereel train grpo --preset wan2.2-ti2v-5b --model ./my-sft --data data --out runs/rl
    """
    wanted = Wanted(model, data, val, cache, batch, compiled)
    asked: dict[str, Any] = {"iterations": iterations, "levels": levels, "group": group, "batch": batch}
    asked |= {"weights": reward, "window": window}
    with watched(out, tensorboard=tensorboard) as watching:
        if large(wanted, start, preset):
            begun = begin("grpo", wanted, out, preset=preset, start=start, puzzle=puzzle, seed=seed)
            run = run_large(begun, out, asked, workers, watching)
        else:
            if puzzle:
                raise PuzzlereelError(f"expected --puzzle with a large model only: {start} has one of its own")
            run = _grpo_tiny(out, start, seed, asked, workers, watching)
        say(f"{out}: {run.step} iterations, {run.updates} updates")


def _grpo_tiny(
    out: Path, start: Path | None, seed: int, asked: Mapping[str, Any], workers: int, watching: Watching
) -> Any:
    from puzzlereel.baselines.sde_grpo.presets import preset_of, run_grpo
    from puzzlereel.baselines.sde_grpo.runs import about_of, newest_of

    assert start
    about = replace(about_of(start), kind="grpo", seed=seed, start=newest_of(start))
    chosen = preset_of(about.preset, about.puzzle, seed)
    window = replace(chosen.training.window, policy=asked["window"])
    chosen = replace(chosen, training=changed(chosen.training, {**asked, "window": window}))
    watch = watching(chosen.training.iterations)
    return run_grpo(about, chosen, start, out, workers=workers, tell=say, watch=watch)


@train.command("export")
def export_run(
    run: Annotated[Path, typer.Argument(help="The folder of a run of a large model.")],
    out: Annotated[Path, typer.Option(help="The new folder.")],
    cache: CACHE = None,
) -> None:
    """Write what a run of a large model has learned as diffusers reads it: a LoRA, or a whole pipeline.

    \b
    Example: puzzlereel train export runs/grpo --out my-model
    """
    from puzzlereel.baselines.sde_grpo.wan_files import export
    from puzzlereel.baselines.sde_grpo.wan_runs import about_of, policy_of

    export(policy_of(run, cache=cache or out.parent / "cache", device="cpu"), out)
    kind = "a LoRA, for `load_lora_weights`" if about_of(run).lora else "a pipeline"
    typer.echo(f"{out}: {kind}, from {run}")


@contextmanager
def watched(run: Path, *, tensorboard: bool) -> Iterator[Watching]:
    """Who watches a run of so many steps: a bar on a terminal, and TensorBoard where it is wanted.

    Where a launcher has started several processes, they train together within the block, and the first one is watched.
    """
    from puzzlereel.baselines.sde_grpo.events import Events
    from puzzlereel.baselines.sde_grpo.ranks import first, joined

    with joined(), progress_bar("steps", shown=first()) as progress:
        events = Events(run) if tensorboard else None

        def watching(steps: int) -> Watch:
            def watch(line: Mapping[str, Any]) -> None:
                progress(line["step"], steps)
                if events:
                    events(line)

            return watch

        yield watching


@train.command()
def plot(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    out: Annotated[Path | None, typer.Option(help="The picture; curves.png in the run's folder without it.")] = None,
) -> None:
    """Draw the curves of a run as a PNG: loss or reward, success on val, and where the time went.

    \b
    Example: puzzlereel train plot runs/grpo
    Example: puzzlereel train plot runs/sft --out sft.png
    """
    from puzzlereel.cli.curves import plot_run

    path = out or run / "curves.png"
    plot_run(run, path)
    typer.echo(f"{path}: the curves of {run}")
