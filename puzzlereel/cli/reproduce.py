"""`puzzlereel reproduce`."""

from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from puzzlereel.cli.data import MINI, WORKERS
from puzzlereel.cli.progress import progress_bar
from puzzlereel.cli.sample import REFERENCES

SEED = 0
SHOWN = 10
"""How many differences are told."""


def reproduce(
    count: Annotated[int, typer.Option(min=1, max=MINI, help="How many levels of each puzzle and tier.")] = MINI,
    policy: Annotated[list[str] | None, typer.Option(help="May be given again; all that ship without it.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Keep levels, films and results here, to go on after a stop.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1)] = WORKERS,
    write: Annotated[Path | None, typer.Option(help="Instead, write the scores that ship: for maintainers.")] = None,
) -> None:
    """Check that this install comes to the scores that ship with the package.

    Reference policies film the small fixed test set (`generate --mini`) anew; their films are judged, and every verdict
    is compared with the one that was recorded. Exit status 0: all are the same. 1: some are not, and are told.

    \b
    Example: puzzlereel reproduce --count 1 --policy oracle --policy frozen
    Example: puzzlereel reproduce --out reproduced
    """
    from puzzlereel.leaderboard.reference import read_reference

    known = {} if write else read_reference()
    chosen = list(dict.fromkeys(policy or (REFERENCES if write else known["policies"])))
    for name in chosen:
        if name not in (REFERENCES if write else known["policies"]):
            raise typer.BadParameter(
                f"expected a policy of {', '.join(known.get('policies', REFERENCES))}, got {name!r}"
            )
    if out is None:
        with TemporaryDirectory(prefix="puzzlereel-") as folder:
            _reproduce(Path(folder), chosen, count, workers, known, write)
    else:
        _reproduce(out, chosen, count, workers, known, write)


def _reproduce(
    out: Path, policies: list[str], count: int, workers: int, known: dict[str, Any], write: Path | None
) -> None:
    from puzzlereel.files import write_whole
    from puzzlereel.hub.build import build
    from puzzlereel.hub.dataset import open_dataset
    from puzzlereel.hub.options import Options
    from puzzlereel.leaderboard.reference import other_levels, other_verdicts, reference_of, text_of

    with progress_bar("levels") as progress:
        build(out / "data", Options(count=count), workers=workers, progress=progress)
    dataset = open_dataset(out / "data")
    differences = [] if write else list(other_levels(dataset.rows, known))
    scored = {}
    for name in policies:
        scored[name] = _scored(name, dataset, out, workers)
        if not write:
            found = list(other_verdicts(scored[name][1], name, known))
            typer.echo(f"{name}: {len(scored[name][1]) - len(found)} of {len(scored[name][1])} films as recorded")
            differences += found
    if write:
        told = reference_of(dataset, scored, date=datetime.now(timezone.utc).date().isoformat(), seed=SEED)
        write_whole(write, text_of(told))
        typer.echo(f"{write}: {len(dataset.rows)} levels, {len(scored)} policies")
        return
    for difference in differences[:SHOWN]:
        typer.echo(difference)
    if len(differences) > SHOWN:
        typer.echo(f"and {len(differences) - SHOWN} more")
    raise typer.Exit(1 if differences else 0)


def _scored(policy: str, dataset: Any, out: Path, workers: int) -> tuple[dict[str, Any], Any]:
    """The results and rows of a policy's films, made where they are not there."""
    from puzzlereel.baselines.sample import Shot, sample
    from puzzlereel.leaderboard.films import film_path
    from puzzlereel.leaderboard.reference import read_rows
    from puzzlereel.leaderboard.results import log_path
    from puzzlereel.leaderboard.score import score
    from puzzlereel.leaderboard.submission import begin_submission
    from puzzlereel.leaderboard.template import meta_of

    name, does = REFERENCES[policy]
    folder, result = out / "submissions" / policy, out / "results" / f"{policy}.json"
    sampler = {"policy": policy, "seed": SEED, "does": does}
    submission = begin_submission(folder, meta_of(dataset, name=name) | {"sampler": sampler})
    with progress_bar(f"{policy}: films") as progress:
        shots = [Shot(policy, row, film_path(folder, row), SEED, 0) for row in dataset.rows]
        sample(shots, workers=workers, progress=progress)
    with progress_bar(f"{policy}: verdicts") as progress:
        results = score(submission, dataset, result, workers=workers, progress=progress)
    return results, read_rows(log_path(result))
