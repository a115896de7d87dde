"""`puzzlereel generate`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from puzzlereel.cli.progress import progress_bar

WORKERS = min(8, os.cpu_count() or 1)
"""How many processes long work uses without being told."""


def generate(
    out: Annotated[Path, typer.Option(help="The data set's folder: new, or begun with the same options.")],
    puzzle: Annotated[list[str] | None, typer.Option(help="May be given again; all puzzles without it.")] = None,
    tier: Annotated[list[str] | None, typer.Option(help="May be given again; easy, medium, hard without it.")] = None,
    split: Annotated[str, typer.Option(help="train, val or test.")] = "test",
    count: Annotated[int, typer.Option(min=1, help="Levels of each puzzle and tier.")] = 10,
    workers: Annotated[int, typer.Option(min=1)] = WORKERS,
    style: Annotated[str, typer.Option(help="hold: states jump; slide: things glide.")] = "hold",
    skin: Annotated[str, typer.Option(help="How the puzzles look.")] = "classic",
    frames: Annotated[int, typer.Option(min=1, help="The length of each film.")] = 81,
    fps: Annotated[int, typer.Option(min=1, max=240)] = 8,
    height: Annotated[int, typer.Option(min=2, max=2160)] = 480,
    width: Annotated[int, typer.Option(min=2, max=3840)] = 832,
) -> None:
    """Generate a data set: levels, first frames, prompts, and films of the solutions.

    The same options give the same levels and films. A build that was stopped goes on when the command is given again.

    \b
    Example: puzzlereel generate --out data --split test --count 100 --workers 2
    Example: puzzlereel generate --out mazes --puzzle maze --tier easy --split train --count 1000
    """
    from puzzlereel.hub.build import Options, build
    from puzzlereel.hub.dataset import open_dataset

    options = Options(
        puzzles=_each(puzzle) or Options.puzzles,
        tiers=_each(tier) or Options.tiers,
        split=split,
        count=count,
        skin=skin,
        style=style,
        height=height,
        width=width,
        frames=frames,
        fps=fps,
    )
    with progress_bar("levels") as progress:
        build(out, options, workers=workers, progress=progress)
    dataset = open_dataset(out)
    typer.echo(f"{out}: {len(dataset.rows)} levels, manifest {dataset.manifest_sha256}")


def _each(names: list[str] | None) -> tuple[str, ...]:
    """Each name once, in the order given."""
    return tuple(dict.fromkeys(names or ()))
