"""`puzzlereel submit init` and `puzzlereel submit check`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from puzzlereel.cli.data import OURS, VBVR, WORKERS, check_layout
from puzzlereel.cli.progress import progress_bar

submit = typer.Typer(
    rich_markup_mode=None,
    help="""Prepare a submission: make a folder to fill with films, check it before it is scored.

    \b
    Example: puzzlereel submit init data my-model
    Example: puzzlereel submit check my-model --data data
    """,
)


@submit.command()
def init(
    data: Annotated[Path, typer.Argument(help="The data set that the films will answer, sealed or not.")],
    folder: Annotated[Path, typer.Argument(help="The submission's folder, without a submission.yaml so far.")],
    name: Annotated[str | None, typer.Option(help="The model's name; the folder's without it.")] = None,
    samples: Annotated[int, typer.Option(min=1, max=64, help="How many films your model makes of each level.")] = 1,
    layout: Annotated[str, typer.Option(help="vbvr: questions alone, for tools that speak VBVR's layout.")] = OURS,
) -> None:
    """Make a folder to fill: first frames, prompts, where each film goes, and a description to complete.

    The solutions are not in it, so that it can be handed to whoever samples. For a sealed set, films are named by its
    rows; `puzzlereel unseal --submission` gives them the names of their levels. With `--layout vbvr` it holds a folder
    a level with first_frame.png and prompt.txt, and `score --layout vbvr` takes the films that are made of them.

    \b
    Example: puzzlereel submit init data my-model
    Example: puzzlereel submit init data my-model --samples 4
    Example: puzzlereel submit init data questions --layout vbvr
    """
    from puzzlereel.hub.dataset import open_dataset
    from puzzlereel.leaderboard.template import begin_template
    from puzzlereel.leaderboard.vbvr import write_questions

    if check_layout(layout) == VBVR:
        if name is not None or samples > 1:
            raise typer.BadParameter("expected --name and --samples with no other layout, got vbvr")
        typer.echo(f"{folder}: {write_questions(open_dataset(data), folder)} questions")
        return
    named = folder.resolve().name if name is None else name
    levels = begin_template(data, folder, name=named, samples=samples)
    typer.echo(f"{folder}: {levels} levels in tasks.jsonl, {samples} film{'s' * (samples > 1)} each")


@submit.command()
def check(
    folder: Annotated[Path, typer.Argument(help="The submission's folder.")],
    data: Annotated[Path, typer.Option(help="The data set that it answers, sealed or not.")],
    workers: Annotated[int, typer.Option(min=1)] = WORKERS,
    as_json: Annotated[bool, typer.Option("--json", help="What was found as one object.")] = False,
) -> None:
    """Say everything that is wrong with a submission, before it is scored.

    Missing films, films of no level or with a wrong name, two for one level, links and other files that are none, and
    films that do not decode. Exit status 0: nothing is wrong. 1: something is. 2: no submission, or no data set.

    \b
    Example: puzzlereel submit check my-model --data data
    """
    from puzzlereel.verifiers.children import warm

    warm()  # beside what comes now
    from puzzlereel.leaderboard.inspection import inspect
    from puzzlereel.leaderboard.sealed import open_any

    with progress_bar("films") as progress:
        found = inspect(folder, open_any(data), workers=workers, progress=progress)
    if as_json:
        sizes = [{**size._asdict(), "films": films} for size, films in found.sizes.items()]
        complaints = [one._asdict() for one in found.complaints]
        told = {"expected": found.expected, "readable": found.readable, "sizes": sizes, "complaints": complaints}
        typer.echo(json.dumps(told))
    else:
        for one in found.complaints:
            typer.echo(f"{one.place}: {one.sentence}")
        for size, films in found.sizes.items():
            typer.echo(f"{films} film{'s' * (films > 1)} of {size.frames} frames of {size.height}x{size.width}")
        wrong = f"not right, {len(found.complaints)} complaints" if found.complaints else "right"
        typer.echo(f"{folder}: {wrong}, {found.readable} of {found.expected} films can be read")
    raise typer.Exit(1 if found.complaints else 0)
