"""`puzzlereel score`, `puzzlereel leaderboard` and `puzzlereel compare`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from puzzlereel.cli.data import OURS, VBVR, WORKERS, check_layout
from puzzlereel.cli.progress import progress_bar

SHOWN = 10
"""How many levels of a kind are named in one line."""


def score(
    data: Annotated[Path, typer.Option(help="The data set that it answers.")],
    out: Annotated[Path, typer.Option(help="The result: a .json file, or a folder for results.json.")],
    submission: Annotated[Path | None, typer.Argument(help="The folder with submission.yaml and videos/.")] = None,
    human: Annotated[
        Path | None, typer.Option(help="Instead of films: moves that the site's page to play saved.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1)] = WORKERS,
    engine: Annotated[str, typer.Option(help="local: processes here; ray: a Ray cluster.")] = "local",
    layout: Annotated[
        str, typer.Option(help="vbvr: SUBMISSION has a folder a level, as VBVR's tools leave it.")
    ] = OURS,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result, too.")] = False,
) -> None:
    """Judge every film of a submission.

    A missing or unreadable film is a failure, counted apart. Where levels have several films, as id.s0.mp4, id.s1.mp4,
    every number is the mean over them, with pass@k and best of k beside. Verdicts are kept as they come, in
    my-model.levels.jsonl: after a stop, the same command judges only what is left, and what has changed since. Beside
    them my-model.readings.jsonl keeps what was seen in each frame, for `leaderboard`. The same films, levels and
    versions give the same files, with any engine and number of workers. Moves that a person made are judged by the same
    rules; a level that was not played counts as a missing film. Films in VBVR's layout, of questions that `submit init
    --layout vbvr` wrote, are put together as a submission first, in my-model.films beside the result.

    \b
    Example: puzzlereel score my-model --data data --out results/my-model.json
    Example: puzzlereel score films/my-model --layout vbvr --data data --out results/my-model.json
    Example: puzzlereel score --human moves.json --data data --out results/me.json
    """
    if (submission is None) == (human is None):
        raise typer.BadParameter("expected a submission or --human FILE, one of the two")
    if human is not None:
        if layout != OURS:
            raise typer.BadParameter("expected --layout with a submission, got --human")
        results = _score_human(human, data, out)
    else:
        assert submission is not None
        results = _score_films(submission, data, out, workers, engine, check_layout(layout))
    _tell_score(results, out, as_json=as_json)


def _score_films(submission: Path, data: Path, out: Path, workers: int, engine: str, layout: str) -> dict[str, Any]:
    from puzzlereel.verifiers.children import warm

    warm()  # beside what comes now
    from puzzlereel.leaderboard.score import result_path
    from puzzlereel.leaderboard.score import score as score_of
    from puzzlereel.leaderboard.sealed import open_to_score
    from puzzlereel.leaderboard.submission import read_submission
    from puzzlereel.leaderboard.vbvr import collected

    with progress_bar("films") as progress:
        if layout == VBVR:
            dataset = open_to_score(data)
            found = collected(submission, dataset, result_path(out).with_suffix(".films"))
        else:
            found, dataset = read_submission(submission), open_to_score(data)
        return score_of(found, dataset, out, workers=workers, engine=engine, progress=progress)


def _score_human(moves: Path, data: Path, out: Path) -> dict[str, Any]:
    from puzzlereel.leaderboard.human import score_human
    from puzzlereel.leaderboard.sealed import open_to_score

    return score_human(moves, open_to_score(data), out)


def _tell_score(results: dict[str, Any], out: Path, *, as_json: bool) -> None:
    """What the command prints at its end."""
    from puzzlereel.leaderboard.score import result_path

    if as_json:
        typer.echo(json.dumps(results))
    else:
        strangers = results["strangers"]
        if strangers["count"]:
            typer.echo(f"files that belong to no level: {strangers['count']}, as {strangers['films'][0]}")
        print_table([result_path(out)])
        for name, one in results["macro"].items():
            if name.startswith(("pass_at_", "best_of_")):
                value, low, high = (100 * one[key] for key in ("value", "low", "high"))
                typer.echo(f"{name.replace('_', ' ')}: {value:.1f} ({low:.1f} to {high:.1f})")
        typer.echo(f"the result is {result_path(out)}")


def leaderboard(
    results: Annotated[
        list[Path], typer.Argument(help="What `puzzlereel score` wrote: .json files, or folders with results.json.")
    ],
    out: Annotated[Path, typer.Option(help="The folder of the site.")] = Path("site"),
    data: Annotated[
        Path | None, typer.Option(help="The data set: shows its levels and reference films, and lets people play.")
    ] = None,
    films: Annotated[
        list[Path] | None,
        typer.Option(help="A submission whose films are shown, too, with --data; may be given again."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1)] = WORKERS,
) -> None:
    """Rank results on a static site that opens without a server, with a page for each model and each level.

    Films are copied into the site. What the judge saw in them is told by `score`, in my-model.readings.jsonl; where
    that does not lie beside the result, films are read once more, at the pace of scoring, and the next time only new
    ones. The folder deploys as it is on GitHub Pages or as a static Space.

    \b
    Example: puzzlereel leaderboard results/*.json --out site
    Example: puzzlereel leaderboard results/*.json --data data --films my-model --films frozen --out site
    """
    from puzzlereel.leaderboard.score import result_path
    from puzzlereel.leaderboard.sealed import open_to_score
    from puzzlereel.leaderboard.site import Sources, build_site

    found = [result_path(path) for path in results]
    sources = Sources(None if data is None else open_to_score(data), films or ())
    with progress_bar("films") as progress:
        index = build_site(found, out, sources=sources, workers=workers, progress=progress)
    print_table(found)
    typer.echo(f"open {index}")


def compare(
    a: Annotated[Path, typer.Argument(help="What `puzzlereel score` wrote, its .levels.jsonl beside it.")],
    b: Annotated[Path, typer.Argument(help="The other one: differences are of this one from the first.")],
    plot: Annotated[Path | None, typer.Option(help="Also write a .png of the differences.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as one object, all flipped levels too.")] = False,
) -> None:
    """Compare two results level by level: is the second better than the first, and where?

    Intervals are a bootstrap over levels, in pairs, which keeps Wilson's doubt where all pairs are alike; p is of
    McNemar's exact test. Results of other levels, or of another verifier, are refused.

    \b
    Example: puzzlereel compare results/before.json results/after.json --plot compare.png
    """
    from rich.console import Console

    from puzzlereel.leaderboard.compare import comparison_of, read_scored
    from puzzlereel.leaderboard.score import result_path
    from puzzlereel.leaderboard.table import comparison_table

    if plot is not None and plot.suffix != ".png":
        raise typer.BadParameter(f"expected --plot FILE.png, got {str(plot)!r}")
    told = comparison_of(*(read_scored(result_path(path)) for path in (a, b)))
    if plot is not None:
        from puzzlereel.leaderboard.plot import plot_comparison

        plot_comparison(told, plot)
    if as_json:
        typer.echo(json.dumps(told))
        return
    typer.echo(f"A: {told['a']['name']}\nB: {told['b']['name']}")
    Console().print(comparison_table(told))
    for way in ("gained", "lost"):
        ids = [flip["id"] for flip in told[way]]
        rest = f" and {len(ids) - SHOWN} more: --json names all" if len(ids) > SHOWN else ""
        typer.echo(f"{way}: {' '.join(ids[:SHOWN]) or 'none'}{rest}")


def print_table(results: list[Path]) -> None:
    """The ranking as a table on the terminal."""
    from rich.console import Console

    from puzzlereel.leaderboard.results import read_results
    from puzzlereel.leaderboard.table import board_table

    Console().print(board_table([read_results(path) for path in results]))
