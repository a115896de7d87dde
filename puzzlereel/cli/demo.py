"""`puzzlereel demo`: the whole line in a minute."""

from pathlib import Path
from typing import Annotated, Any

import typer

from puzzlereel.cli.board import print_table
from puzzlereel.cli.data import WORKERS
from puzzlereel.cli.progress import progress_bar
from puzzlereel.cli.sample import REFERENCES

PLAYERS = {policy: REFERENCES[policy] for policy in ("oracle", "late", "teleport", "frozen")}
"""Each policy's name on the board, and what it does."""
SHOWN = "medium"
"""The tier from which the page shows films."""


def demo(
    out: Annotated[Path, typer.Option(help="The folder for everything that the demo makes.")] = Path("demo"),
    count: Annotated[int, typer.Option(min=1, help="Levels of each puzzle and tier.")] = 4,
    workers: Annotated[int, typer.Option(min=1)] = WORKERS,
) -> None:
    """Generate levels, let four reference policies film them, judge the films, and rank the policies on a page.

    \b
    Example: puzzlereel demo --out demo
    """
    from puzzlereel.baselines.sample import Shot, sample
    from puzzlereel.hub.build import build
    from puzzlereel.hub.dataset import open_dataset
    from puzzlereel.hub.options import Options
    from puzzlereel.leaderboard.films import film_path
    from puzzlereel.leaderboard.score import score
    from puzzlereel.leaderboard.site import Sources, build_site
    from puzzlereel.leaderboard.submission import write_submission

    with progress_bar("levels") as progress:
        build(out / "data", Options(count=count), workers=workers, progress=progress)
    dataset = open_dataset(out / "data")
    typer.echo(f"{len(dataset.rows)} levels in {out / 'data'}")
    submissions = {policy: write_submission(out / "submissions" / policy, _meta(policy, dataset)) for policy in PLAYERS}
    shots = [
        Shot(policy, row, film_path(submission.folder, row))
        for policy, submission in submissions.items()
        for row in dataset.rows
    ]
    with progress_bar("films") as progress:
        sample(shots, workers=workers, progress=progress)
    results = [out / "results" / f"{policy}.json" for policy in PLAYERS]
    for submission, result in zip(submissions.values(), results, strict=True):
        with progress_bar(f"verdicts on the {submission.name}") as progress:
            score(submission, dataset, result, workers=workers, progress=progress)
    exhibits = _exhibits(dataset, out)
    _picture(out / "picture.gif", exhibits)
    sources = Sources(dataset, [submission.folder for submission in submissions.values()])
    with progress_bar("films of the page") as progress:
        index = build_site(
            results, out / "site", exhibits=exhibits, sources=sources, workers=workers, progress=progress
        )
    print_table(results)
    typer.echo(f"open {index}")


def _meta(policy: str, dataset: Any) -> dict[str, Any]:
    name, does = PLAYERS[policy]
    return {
        "schema_version": 1,
        "model": {"name": name},
        "sampler": {"policy": policy, "does": does},
        "dataset": {"manifest_sha256": dataset.manifest_sha256},
    }


def _exhibits(dataset: Any, out: Path) -> list[Any]:
    """One solved film a puzzle, and the teleporter caught in each."""
    from puzzlereel.leaderboard.films import film_path
    from puzzlereel.leaderboard.site import Exhibit
    from puzzlereel.puzzles.registry import PUZZLES
    from puzzlereel.verifiers.judge import judge_file

    shown = []
    chosen = {row.puzzle: row for row in dataset.rows if row.tier == SHOWN}
    for policy in ("oracle", "teleport"):
        for puzzle, row in chosen.items():
            film = film_path(out / "submissions" / policy, row)
            fault = judge_file(film, row.puzzle, row.level, row.skin).fault
            title = f"{PUZZLES[puzzle].title}: {'refused' if fault else 'solved'}"
            caption = f"{PLAYERS[policy][0]}, {row.id}"
            frame, sentence = (fault.frame, fault.sentence) if fault else (None, None)
            shown.append(Exhibit(title, caption, film, row.fps, frame, sentence))
    return shown


def _picture(path: Path, exhibits: list[Any]) -> None:
    """The solved films and the first one that was caught, as a GIF."""
    from puzzlereel.renderers.picture import Panel, write_gif
    from puzzlereel.renderers.video import read_video

    solved = [one for one in exhibits if one.fault_frame is None]
    caught = [one for one in exhibits if one.fault_frame is not None]
    panels = [Panel(read_video(one.video), one.title, None) for one in solved]
    panels += [
        Panel(read_video(one.video), f"{one.title} at frame {one.fault_frame}", one.fault_frame) for one in caught[:1]
    ]
    write_gif(path, panels, fps=exhibits[0].fps)
