"""`puzzlereel import`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from puzzlereel.cli.data import WORKERS
from puzzlereel.cli.progress import progress_bar

LAYOUTS = ("vr-bench", "miniveo3", "videorlvr")
SHOWN = 10
"""How many films that were not judged are told with their reasons."""


def judge_imported(
    layout: Annotated[str, typer.Argument(help=f"How the folder is laid out: {', '.join(LAYOUTS)}.")],
    films: Annotated[Path, typer.Argument(help="The folder of films.")],
    out: Annotated[Path, typer.Option(help="The .json file to write.")],
    skin: Annotated[
        list[str] | None, typer.Option(help="A skin file, or the name of a skin of ours. May be given again.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="The folder with the levels, if it is another.")] = None,
    levels: Annotated[Path | None, typer.Option(help="Levels that the folder does not tell: JSON lines.")] = None,
    workers: Annotated[int, typer.Option(min=1)] = WORKERS,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result, too.")] = False,
) -> None:
    """Judge films that were made for another benchmark, and count its metrics beside our verdicts.

    Levels come from the folder's own files, from the first frames, or from --levels. What cannot be judged is named
    with its reason. docs/importing.md tells the layouts, and how a skin file is written.

    \b
    Example: puzzlereel import vr-bench outputs --data dataset_VR/eval/maze/1 --skin maze-1.json --out results/ours.json
    Example: puzzlereel import videorlvr outputs --data VideoRLVR-Data --skin classic --out results/ours.json
    """
    from puzzlereel.verifiers.children import warm

    warm()  # beside what comes now
    from puzzlereel.leaderboard.importers.run import judge_folder

    if layout not in LAYOUTS:
        raise typer.BadParameter(f"expected a layout of {', '.join(LAYOUTS)}, got {layout!r}")
    if out.suffix != ".json":
        raise typer.BadParameter(f"expected --out FILE.json, got {str(out)!r}")
    with progress_bar("films") as progress:
        told = judge_folder(
            layout, films, out, skins=_skins(skin or []), data=data, levels=levels, workers=workers, progress=progress
        )
    if as_json:
        typer.echo(json.dumps(told))
    else:
        _tell(told, out)


judge_imported.__name__ = "import"  # the command's name, which no function can be given otherwise


def _skins(given: list[str]) -> dict[str, str]:
    """The skin of each puzzle: from a file for its own, by name for all that have no file."""
    from puzzlereel.puzzles.registry import PUZZLES
    from puzzlereel.renderers.skins.file import puzzle_in

    files = {puzzle_in(Path(name)): name for name in given if name.endswith(".json")}
    names = [name for name in given if not name.endswith(".json")]
    if len(files) + len(names) < len(given) or len(names) > 1:
        raise typer.BadParameter("expected one --skin FILE for each puzzle, and one name for the others at most")
    return {puzzle: name for name in names for puzzle in PUZZLES} | files


def _tell(told: dict[str, Any], out: Path) -> None:
    from rich.console import Console

    from puzzlereel.leaderboard.table import import_table

    Console().print(import_table(told))
    left = [row for row in told["rows"] if row["status"] == "not_judged"]
    for row in left[:SHOWN]:
        typer.echo(f"not judged: {row['film'] or row['level']}: {row['why']}")
    if len(left) > SHOWN:
        typer.echo(f"not judged: {len(left) - SHOWN} more, each with its reason in {out}")
    if told["strangers"]["count"]:
        typer.echo(f"films that belong to no level: {told['strangers']['count']}, as {told['strangers']['films'][0]}")
    counts = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in told["films"].items())
    typer.echo(f"{counts}; the result is {out}")
