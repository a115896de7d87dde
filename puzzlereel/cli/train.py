"""`puzzlereel train sft`, `puzzlereel train grpo` and `puzzlereel train plot`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from puzzlereel.cli.data import WORKERS
from puzzlereel.cli.progress import progress_bar

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
PRESET = Annotated[str, typer.Option(help="tiny: minutes on two cores.")]
SEED = Annotated[int, typer.Option(min=0, help="Another one gives other weights and random numbers.")]
BOARD = Annotated[bool, typer.Option("--tensorboard", help="Events for TensorBoard too, in OUT/tensorboard.")]
HOW_MANY = Annotated[int, typer.Option(min=1, help="Processes that judge films.")]


@train.command()
def sft(
    out: OUT,
    preset: PRESET = "tiny",
    puzzle: Annotated[str, typer.Option(help="A puzzle with levels of the tier `tiny`: maze.")] = "maze",
    seed: SEED = 0,
    shown: Annotated[int | None, typer.Option(min=1, help="How many films it is shown; 2500 without it.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="The most steps; 3000 without it.")] = None,
    enough: Annotated[float | None, typer.Option(help="The success on val at which it ends; 0.7 without it.")] = None,
    workers: HOW_MANY = WORKERS,
    tensorboard: BOARD = False,
) -> None:
    """Teach a new policy by films of solutions, until it films well enough.

    Every 100 steps it films levels of val, and a checkpoint is saved. The same command goes on where it was stopped.

    \b
    Example: puzzlereel train sft --out runs/sft
    Example: puzzlereel train sft --out runs/few --shown 200 --enough 1 --steps 1000
    """
    from puzzlereel.baselines.sde_grpo.presets import preset_of, run_sft
    from puzzlereel.baselines.sde_grpo.runs import About

    chosen = preset_of(preset, puzzle, seed)
    tuning = replace(chosen.tuning, steps=steps or chosen.tuning.steps)
    tuning = replace(tuning, enough=tuning.enough if enough is None else enough)
    chosen = replace(chosen, tuning=tuning, shown=shown or chosen.shown)
    about = About("sft", preset, puzzle, seed, chosen.shape)
    with together() as say, watched(out, tuning.steps, tensorboard=tensorboard) as watch:
        run = run_sft(about, chosen, out, workers=workers, tell=say, watch=watch)
    say(f"{out}: {run.step} steps, {'good enough' if run.done else 'not good enough yet'}")


@train.command()
def grpo(
    start: Annotated[Path, typer.Argument(help="The folder of the run whose policy is trained on.")],
    out: OUT,
    seed: SEED = 0,
    iterations: Annotated[int | None, typer.Option(min=1, help="60 without it.")] = None,
    reward: Annotated[str, typer.Option(help="ours, sparse, paper or released.")] = "ours",
    window: Annotated[str, typer.Option(help="Trained steps: early, all, fixed, sliding or random.")] = "early",
    workers: HOW_MANY = WORKERS,
    tensorboard: BOARD = False,
) -> None:
    """Train a policy by what the verifier says of its own films: SDE-GRPO.

    Every 10 iterations it films levels of val, and a checkpoint is saved. The same command goes on where it was
    stopped.

    \b
    Example: puzzlereel train grpo runs/sft --out runs/grpo
    Example: puzzlereel train grpo runs/sft --out runs/sparse --reward sparse --seed 1
    """
    from puzzlereel.baselines.sde_grpo.presets import preset_of, run_grpo
    from puzzlereel.baselines.sde_grpo.runs import about_of
    from puzzlereel.baselines.sde_grpo.window import Window

    about = replace(about_of(start), kind="grpo", seed=seed)
    chosen = preset_of(about.preset, about.puzzle, seed)
    training = replace(chosen.training, weights=reward, window=Window(window))
    training = replace(training, iterations=iterations or training.iterations)
    chosen = replace(chosen, training=training)
    with together() as say, watched(out, training.iterations, tensorboard=tensorboard) as watch:
        run = run_grpo(about, chosen, start, out, workers=workers, tell=say, watch=watch)
    say(f"{out}: {run.step} iterations, {run.updates} updates")


@contextmanager
def together() -> Iterator[Callable[[str], None]]:
    """As one of the processes that a launcher has started, if one has; what the first of them says is printed."""
    from puzzlereel.baselines.sde_grpo.ranks import first, joined

    with joined():
        yield typer.echo if first() else lambda _: None


@contextmanager
def watched(run: Path, steps: int, *, tensorboard: bool) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Who watches a run, in the first process: a bar on a terminal, and TensorBoard where it is wanted."""
    from puzzlereel.baselines.sde_grpo.events import Events
    from puzzlereel.baselines.sde_grpo.ranks import first

    if not first():
        yield lambda line: None
        return
    events = Events(run) if tensorboard else None
    with progress_bar("steps") as progress:

        def watch(line: Mapping[str, Any]) -> None:
            progress(line["step"], steps)
            if events:
                events(line)

        yield watch


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
