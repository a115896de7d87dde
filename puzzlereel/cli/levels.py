"""`puzzlereel levels` and `puzzlereel solve`."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from puzzlereel.cli.source import Source, sources_of


def levels(
    ids: Annotated[list[str] | None, typer.Argument(help="Level ids; without any, the first of a tier.")] = None,
    puzzle: Annotated[str, typer.Option(help="maze, flowfree, sokoban, or an extra: fifteen.")] = "maze",
    tier: Annotated[str, typer.Option(help="easy, medium, hard or ood.")] = "easy",
    split: Annotated[str, typer.Option(help="train, val or test.")] = "test",
    count: Annotated[int, typer.Option(min=1, help="How many levels of the tier.")] = 3,
    stats: Annotated[bool, typer.Option("--stats", help="Tell what the levels are like, not the levels.")] = False,
    plot: Annotated[Path | None, typer.Option(help="With --stats: a PNG file to draw them in.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Print generated levels.

    \b
    Example: puzzlereel levels --puzzle sokoban --tier easy --count 2
    Example: puzzlereel levels flowfree/hard/test/17
    Example: puzzlereel levels --stats --puzzle maze --tier hard --split train --count 500 --plot maze.png
    """
    from puzzlereel.puzzles.ids import LevelId, check_names, level_of, parse_id

    if not ids:
        check_names(puzzle, tier, split, given=f"{puzzle}/{tier}/{split}")
    if plot and not stats:
        raise typer.BadParameter("expected --stats with --plot")
    if stats:
        if ids:
            raise typer.BadParameter(f"expected --puzzle, --tier and --split with --stats, got the id {ids[0]}")
        return _tell(puzzle, tier, split, count, plot, as_json)
    named = [parse_id(text) for text in ids or []]
    for identity in named or [LevelId(puzzle, tier, split, index) for index in range(count)]:
        text = str(level_of(identity))
        typer.echo(json.dumps({"id": str(identity), "level": text}) if as_json else f"; {identity}\n{text}\n")


def _tell(puzzle: str, tier: str, split: str, count: int, plot: Path | None, as_json: bool) -> None:
    """Prints what the first levels of a tier and split are like, and plots it."""
    from puzzlereel.cli.progress import progress_bar
    from puzzlereel.puzzles.stats import stats_of

    if plot and not plot.parent.is_dir():
        raise typer.BadParameter(f"expected a folder for the plot, found no {plot.parent}")
    with progress_bar("levels") as each:
        found = stats_of(puzzle, tier, split, count, each=each)
    if as_json:
        typer.echo(json.dumps(found.json()))
    else:
        _print_table(found.json())
    if plot:
        from puzzlereel.renderers.plots import plot_stats

        plot_stats(found, plot)


def _print_table(told: dict[str, Any]) -> None:
    """What a tier and split are like: plain figures in the title, spreads in rows."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    title = (
        f"{told['puzzle']} {told['tier']} {told['split']}: {told['count']} levels, {told['distinct']} distinct forms,"
    )
    title += f" {told['rate']:,.0f} a second"
    table = Table("", "least", "mean", "median", "most", box=SIMPLE_HEAD, title=title, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, row in (("moves of the solution", "moves"), ("difficulty: nodes the solver visited", "difficulty")):
        table.add_row(name, *(f"{value:,.1f}".removesuffix(".0") for value in told[row].values()))
    Console().print(table)


def solve(
    source: Annotated[str, typer.Argument(help="A level id, a level file, or FILE#TITLE.")],
    puzzle: Annotated[str | None, typer.Option(help="The puzzle of the file; guessed without it.")] = None,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for each level.")] = 60.0,
    node_limit: Annotated[int | None, typer.Option(min=0, help="Search nodes for each level.")] = None,
    memory_limit: Annotated[float, typer.Option(min=0.0, help="Megabytes for the search of a level.")] = 2048.0,
    most_solutions: Annotated[int, typer.Option("--count", min=1, help="How far solutions are counted.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Solve a level, or every level of a file.

    A search that meets a limit gives up and says so. Exit status 1 where a level of the file is broken or was given up.

    \b
    Example: puzzlereel solve sokoban/easy/test/3
    Example: puzzlereel solve microban.xsb#12 --time-limit 10
    """
    failed = False
    for found in sources_of(source, puzzle=puzzle):
        report = _report(found, seconds=time_limit, nodes=node_limit, megabytes=memory_limit, count=most_solutions)
        failed |= report["outcome"] in ("broken", "gave_up")
        typer.echo(json.dumps(report) if as_json else _sentence(found.title, report))
    raise typer.Exit(int(failed))


def _report(found: Source, **limits: Any) -> dict[str, Any]:
    """What `solve --json` prints of one level."""
    if found.error:
        return {found.key: found.title, "puzzle": found.puzzle.name, "outcome": "broken", "error": str(found.error)}
    found.puzzle.ready()
    begun = time.perf_counter()
    solution = found.puzzle.solve(found.level, **limits)
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
    said += [f"at least {report['solutions']} solutions"] * ((report["solutions"] or 0) > 1)
    said.append(f"{report['nodes']} nodes in {report['seconds']:.2f} s")
    return ", ".join(said) + (f"\n  {report['solution']}" if report["solution"] else "")
