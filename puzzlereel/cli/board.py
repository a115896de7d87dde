"""`puzzlereel score` and `puzzlereel leaderboard`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from puzzlereel.cli.data import WORKERS
from puzzlereel.cli.progress import progress_bar


def score(
    submission: Annotated[Path, typer.Argument(help="The folder with submission.yaml and videos/.")],
    data: Annotated[Path, typer.Option(help="The data set that it answers.")],
    out: Annotated[Path, typer.Option(help="The result: a .json file, or a folder for results.json.")],
    workers: Annotated[int, typer.Option(min=1)] = WORKERS,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result, too.")] = False,
) -> None:
    """Judge every film of a submission.

    A missing or unreadable film is a failure, counted apart. Verdicts are kept as they come: after a stop, the same
    command judges only what is left.

    \b
    Example: puzzlereel score my-model --data data --out results/my-model.json
    """
    from puzzlereel.hub.dataset import open_dataset
    from puzzlereel.leaderboard.score import result_path
    from puzzlereel.leaderboard.score import score as score_of
    from puzzlereel.leaderboard.submission import read_submission

    with progress_bar("films") as progress:
        results = score_of(read_submission(submission), open_dataset(data), out, workers=workers, progress=progress)
    if as_json:
        typer.echo(json.dumps(results))
    else:
        strangers = results["strangers"]
        if strangers["count"]:
            typer.echo(f"{strangers['count']} files belong to no level, as {strangers['films'][0]}")
        print_table([result_path(out)])
        typer.echo(f"the result is {result_path(out)}")


def leaderboard(
    results: Annotated[
        list[Path], typer.Argument(help="What `puzzlereel score` wrote: .json files, or folders with results.json.")
    ],
    out: Annotated[Path, typer.Option(help="The folder of the page.")] = Path("site"),
) -> None:
    """Rank results on a static page that opens without a server.

    \b
    Example: puzzlereel leaderboard results/*.json --out site
    """
    from puzzlereel.leaderboard.score import result_path
    from puzzlereel.leaderboard.site import build_site

    found = [result_path(path) for path in results]
    index = build_site(found, out)
    print_table(found)
    typer.echo(f"open {index}")


def print_table(results: list[Path]) -> None:
    """The ranking as a table on the terminal."""
    from rich.console import Console

    from puzzlereel.leaderboard.results import read_results
    from puzzlereel.leaderboard.table import board_table

    Console().print(board_table([read_results(path) for path in results]))
