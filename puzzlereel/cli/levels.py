"""`puzzlereel levels` and `puzzlereel solve`."""

import json
import time
from typing import Annotated, Any

import typer

from puzzlereel.cli.source import Source, sources_of


def levels(
    ids: Annotated[list[str] | None, typer.Argument(help="Level ids; without any, the first of a tier.")] = None,
    puzzle: Annotated[str, typer.Option(help="maze, flowfree or sokoban.")] = "maze",
    tier: Annotated[str, typer.Option(help="easy, medium, hard or ood.")] = "easy",
    split: Annotated[str, typer.Option(help="train, val or test.")] = "test",
    count: Annotated[int, typer.Option(min=1, help="How many levels of the tier.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Print generated levels.

    \b
    Example: puzzlereel levels --puzzle sokoban --tier easy --count 2
    Example: puzzlereel levels flowfree/hard/test/17
    """
    from puzzlereel.puzzles.ids import LevelId, check_names, level_of, parse_id

    if not ids:
        check_names(puzzle, tier, split, given=f"{puzzle}/{tier}/{split}")
    named = [parse_id(text) for text in ids or []]
    for identity in named or [LevelId(puzzle, tier, split, index) for index in range(count)]:
        text = str(level_of(identity))
        typer.echo(json.dumps({"id": str(identity), "level": text}) if as_json else f"; {identity}\n{text}\n")


def solve(
    source: Annotated[str, typer.Argument(help="A level id, a level file, or FILE#TITLE.")],
    puzzle: Annotated[str | None, typer.Option(help="The puzzle of the file; guessed without it.")] = None,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for each level.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Solve a level, or every level of a file.

    Exit status 1 where a level of the file is broken or was given up.

    \b
    Example: puzzlereel solve sokoban/easy/test/3
    Example: puzzlereel solve microban.xsb#12 --time-limit 10
    """
    failed = False
    for found in sources_of(source, puzzle=puzzle):
        report = _report(found, time_limit)
        failed |= report["outcome"] in ("broken", "gave_up")
        typer.echo(json.dumps(report) if as_json else _sentence(found.title, report))
    raise typer.Exit(int(failed))


def _report(found: Source, time_limit: float) -> dict[str, Any]:
    """What `solve --json` prints of one level."""
    if found.error:
        return {found.key: found.title, "puzzle": found.puzzle.name, "outcome": "broken", "error": str(found.error)}
    begun = time.perf_counter()
    solution = found.puzzle.solve(found.level, seconds=time_limit)
    way = solution.trajectory
    return {
        found.key: found.title,
        "puzzle": found.puzzle.name,
        "outcome": solution.outcome.value,
        "moves": None if way is None else len(way.moves),
        "pushes": None if way is None or found.puzzle.pushes is None else found.puzzle.pushes(way),
        "optimal": solution.optimal,
        "solutions": solution.solutions,
        "nodes": solution.nodes,
        "seconds": round(time.perf_counter() - begun, 4),
        "solution": None if way is None else found.puzzle.write_moves(way),
    }


def _sentence(title: str, report: dict[str, Any]) -> str:
    if report["outcome"] == "broken":
        return f"{title}: broken: {report['error']}"
    said = [f"{title}: {report['outcome'].replace('_', ' ')}"]
    said += [f"{report[name]} {name}" for name in ("moves", "pushes") if report[name] is not None]
    said += ["proven optimal"] * report["optimal"]
    said += [f"{report['solutions']} solutions or more"] * ((report["solutions"] or 0) > 1)
    said.append(f"{report['nodes']} nodes in {report['seconds']:.2f} s")
    return ", ".join(said) + (f"\n  {report['solution']}" if report["solution"] else "")
