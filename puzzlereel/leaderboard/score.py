"""Score a submission: judge the film of every level of a data set, keep each verdict the moment it is there.

levels ──┬── film missing ─────────────────────────► row "missing"       a failure
         ├── film that may not be opened ──────────► row "unreadable"    a failure, counted apart
         ├── row of an earlier run, film the same ─► kept
         └── judge ────────────────────────────────► row "judged" or "unreadable"
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from puzzlereel.files import write_whole
from puzzlereel.hub.dataset import Dataset, Row, sha256_of
from puzzlereel.leaderboard.files import BadFile, read_json, unfit
from puzzlereel.leaderboard.films import expected_film, films_of
from puzzlereel.leaderboard.judging import FAILED, KILLED, Task, judged
from puzzlereel.leaderboard.results import MEANS, order_of, results_of, write_results
from puzzlereel.leaderboard.schema import validator
from puzzlereel.leaderboard.submission import Submission, check_meant_for
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.verifiers.judge import VERIFIER_VERSION
from puzzlereel.verifiers.verdict import unreadable

Progress: TypeAlias = Callable[[int, int], None]


class Film(NamedTuple):
    """What a submission holds for one level."""

    row: Row
    path: Path
    sha256: str | None
    """None where there is no film, or none that may be opened."""
    refused: str | None
    """Why the film may not be opened; None where it may, or where there is none."""


def score(
    submission: Submission,
    dataset: Dataset,
    out: Path,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """The results, which are also written to `out`, with the rows in `<stem>.levels.jsonl` beside it.

    A run that was killed goes on where it stopped, and a film that has changed since is judged anew.
    """
    _check(submission, dataset, workers)
    target = result_path(out)
    log = target.with_name(f"{target.stem}.levels.jsonl")
    benchmark = benchmark_of(dataset)
    films = [film_of(submission, row) for row in dataset.rows]
    earlier = rows_of_earlier_runs(log, benchmark)
    rows = {film.row.id: earlier[key] for film in films if (key := (film.row.id, film.sha256)) in earlier}
    write_whole(log, "".join(map(_line, rows.values())))
    with log.open("a", encoding="utf-8", newline="") as file:
        _tell(progress, len(rows), len(films))
        for film, verdict in _verdicts([film for film in films if film.row.id not in rows], workers):
            rows[film.row.id] = row_of(film, verdict, benchmark)
            file.write(_line(rows[film.row.id]))
            file.flush()
            _tell(progress, len(rows), len(films))
    ordered = sorted(rows.values(), key=lambda row: order_of(row["id"]))
    write_whole(log, "".join(map(_line, ordered)))
    strange = films_of(submission, dataset).strangers
    results = results_of(ordered, meta=submission.meta, benchmark=benchmark, strange=strange)
    write_results(target, results)
    return results


def _check(submission: Submission, dataset: Dataset, workers: int) -> None:
    if workers < 1:
        raise PuzzlereelError(f"expected at least 1 worker, got {workers}")
    if not dataset.rows:
        raise PuzzlereelError(f"{dataset.folder}: expected a data set with at least one level")
    check_meant_for(submission, dataset)


def result_path(out: Path) -> Path:
    """Where the results go: `out` itself where it is a name in .json, otherwise results.json in the folder `out`."""
    return out if out.suffix == ".json" and not out.is_dir() else out / "results.json"


def benchmark_of(dataset: Dataset) -> dict[str, str]:
    """What results must have in common to stand on one board."""
    return {
        "version": dataset.version,
        "manifest_sha256": dataset.manifest_sha256,
        "verifier_version": VERIFIER_VERSION,
    }


def film_of(submission: Submission, row: Row) -> Film:
    """What the submission holds for a level; never raises for what it holds."""
    path = submission.folder / expected_film(row)
    if not os.path.lexists(path):
        return Film(row, path, None, None)
    refused = unfit(path, submission.folder)
    try:
        return Film(row, path, None if refused else sha256_of(path), refused)
    except OSError as error:
        return Film(row, path, None, f"the file cannot be read: {error.strerror}")


def rows_of_earlier_runs(log: Path, benchmark: Mapping[str, str]) -> dict[tuple[str, str | None], dict[str, Any]]:
    """The rows that this verifier has judged for this data set, by level and film; broken lines are skipped."""
    rows: dict[tuple[str, str | None], dict[str, Any]] = {}
    if not log.exists():
        return rows
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            with suppress(BadFile):
                row = read_json(line, where=str(log))
                judged_so = validator("level").is_valid(row) and all(row[key] == benchmark[key] for key in _SAME)
                if judged_so and row["sha256"] is not None and not _is_the_machines_fault(row):
                    rows[row["id"], row["sha256"]] = row
    return rows


def _is_the_machines_fault(row: Mapping[str, Any]) -> bool:
    """Whether the judge, and not the film, may be why there is no verdict."""
    return row["fault"] is not None and row["fault"]["detail"].startswith((KILLED, FAILED))


_SAME = ("verifier_version", "manifest_sha256")


def _verdicts(films: Sequence[Film], workers: int) -> Iterator[tuple[Film, dict[str, Any] | None]]:
    """Each film with its verdict, None where there is no film; what needs no judge comes first."""
    for film in films:
        if film.sha256 is None:
            yield film, None if film.refused is None else unreadable(film.refused).json()
    by_id = {film.row.id: film for film in films if film.sha256 is not None}
    for task, verdict in judged([_task(film) for film in by_id.values()], workers):
        yield by_id[task.id], verdict


def _task(film: Film) -> Task:
    row = film.row
    return Task(row.id, film.path, row.puzzle, row.level, row.skin, row.solution)


def row_of(film: Film, verdict: Mapping[str, Any] | None, benchmark: Mapping[str, str]) -> dict[str, Any]:
    """The line of `levels.jsonl` for a film and its verdict; precision, recall and F1 are 0 where there are none."""
    found = verdict or {"judged": False}
    metrics = found.get("metrics") or {}
    return {
        "id": film.row.id,
        "puzzle": film.row.puzzle,
        "tier": film.row.tier,
        "status": "missing" if verdict is None else "judged" if found["judged"] else "unreadable",
        "success": bool(found["judged"] and found["success"]),
        "arrived": bool(found["judged"] and found["arrived"]),
        **{name: metrics.get(name, 0.0) if found["judged"] else 0.0 for name in MEANS},
        "parts": found.get("parts", {}),
        "fault": found.get("fault"),
        "film": expected_film(film.row).as_posix(),
        "sha256": film.sha256,
        **{key: benchmark[key] for key in _SAME},
    }


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n"


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)
