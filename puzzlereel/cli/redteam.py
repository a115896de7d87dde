"""`puzzlereel redteam`."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from puzzlereel.cli.data import WORKERS
from puzzlereel.cli.progress import progress_bar

REPORT, FILMS = "redteam.json", "films"
"""What is written into the folder: the report, and the films that were judged wrongly."""


def redteam(
    levels: Annotated[int, typer.Option(min=1, help="Fresh levels of each puzzle.")] = 10,
    seed: Annotated[
        int, typer.Option(min=1 - 10**18, max=10**18 - 1, help="The same seed gives the same levels and films.")
    ] = 0,
    puzzle: Annotated[list[str] | None, typer.Option(help="May be given again; without it, all but extras.")] = None,
    films: Annotated[int, typer.Option(min=1, help="Films of each level: every second one cheats.")] = 6,
    out: Annotated[Path | None, typer.Option(help=f"A folder for {REPORT} and the films that fail.")] = None,
    workers: Annotated[int, typer.Option(min=1)] = WORKERS,
    again: Annotated[str | None, typer.Option(help="Make and judge this one film again, as 7/maze/12/3.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as one object.")] = False,
) -> None:
    """Measure the judge: lawful films in every disguise must be accepted, and films that cheat must not.

    Exit status 0: every film was judged rightly. 1: some were not, or could not be made; each is named.

    \b
    Example: puzzlereel redteam --levels 20 --seed 7 --out redteam
    Example: puzzlereel redteam --again 7/maze/12/3 --out redteam
    """
    if again is not None:
        raise typer.Exit(_again(again, out, as_json=as_json))
    from datetime import datetime, timezone

    from puzzlereel.puzzles.ids import check_names
    from puzzlereel.puzzles.registry import SUITE
    from puzzlereel.verifiers.redteam.report import report_of
    from puzzlereel.verifiers.redteam.run import play_all

    puzzles = list(dict.fromkeys(puzzle or SUITE))
    for name in puzzles:
        check_names(name, "easy", "test", given=name)
    folder = out / FILMS if out else None
    with progress_bar("films") as progress:
        outcomes = list(play_all(seed, puzzles, levels, films, workers=workers, folder=folder, progress=progress))
    date = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    command = " ".join(["puzzlereel", *sys.argv[1:]])
    report = report_of(outcomes, seed=seed, levels=levels, command=command, date=date)
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / REPORT).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(report))
    else:
        _print(report)
    raise typer.Exit(1 if report["failures"] or report["not_made"] else 0)


def _again(name: str, out: Path | None, *, as_json: bool) -> int:
    """Make one film again and say what the judge says; 0 where that is right."""
    from puzzlereel.verifiers.redteam.plan import parse_film_id
    from puzzlereel.verifiers.redteam.report import failure
    from puzzlereel.verifiers.redteam.run import keep, make, play

    film = parse_film_id(name)
    outcome = play(film)
    if out:
        keep(out / FILMS, film, make(film).film.frames)
    told = {"right": not outcome.failed, **failure(outcome)}
    if as_json:
        typer.echo(json.dumps(told))
    else:
        for key, value in told.items():
            typer.echo(f"{key:9} {value}")
    return 1 if outcome.failed else 0


NOTED = {"could_not_be_judged": "unjudged", "misnamed": "misnamed", "early": "early"}
"""What else is counted, and the word for it in the tables."""
SHOWN = 20
"""How many failures are listed on the terminal."""


def _print(report: dict[str, Any]) -> None:
    """Tables of what was judged wrongly, and the totals."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for title in ("kinds", "variants"):
        table = Table(title=title, box=None)
        table.add_column(no_wrap=True)
        for column in ("films", "wrong", "95 %"):
            table.add_column(column, justify="right", no_wrap=True)
        table.add_column("of them")
        for name, row in report[title].items():
            interval = f"{row['low']:.0%}-{row['high']:.0%}"
            notes = ", ".join(f"{row[key]} {word}" for key, word in NOTED.items() if row.get(key))
            style = "red" if row["failures"] else None
            table.add_row(name, str(row["films"]), str(row["failures"]), interval, notes, style=style)
        console.print(table)
    for one in report["failures"][:SHOWN]:
        console.print(
            f"{one['again']}  {one['kind']} {one['degree']} {one['variants']}: {one['verdict']}", soft_wrap=True
        )
    for one in report["not_made"][:SHOWN]:
        console.print(f"could not be made: {one['film']}: {one['why'].splitlines()[-1]}", soft_wrap=True)
    for name, of in (("false_accept", "cheats"), ("false_reject", "honest")):
        if found := report[name]:
            interval = f"{found['low']:.2%} - {found['high']:.2%}"
            console.print(f"{name}s: {report[f'{name}s']} of {report[of]} films ({interval})")
    console.print(f"could not be judged: {report['could_not_be_judged']} of the honest films")
