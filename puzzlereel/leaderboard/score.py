"""Score a submission: judge all films of every level of a data set, keep each verdict the moment it is there.

films ───┬── film missing ─────────────────────────► row "missing"       a failure
         ├── film that may not be opened ──────────► row "unreadable"    a failure, counted apart
         ├── row of an earlier run, same bytes ────► kept
         └── judge ────────────────────────────────► row "judged" or "unreadable"
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TextIO, TypeAlias

from puzzlereel.files import write_whole
from puzzlereel.hub.dataset import Dataset, Row, sha256_of
from puzzlereel.leaderboard.files import BadFile, read_json, unfit
from puzzlereel.leaderboard.films import Films, Key, expected_films, films_of
from puzzlereel.leaderboard.judging import CHANGED, FAILED, KILLED, LOCAL, Task, check_engine, judged
from puzzlereel.leaderboard.readings import order_readings, reading_line, readings_path
from puzzlereel.leaderboard.results import MEANS, LevelRow, levels_of, log_path, results_of, write_results
from puzzlereel.leaderboard.schema import validator
from puzzlereel.leaderboard.submission import Submission, check_meant_for
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.verifiers.judge import VERIFIER_VERSION
from puzzlereel.verifiers.verdict import unreadable

Progress: TypeAlias = Callable[[int, int], None]


class Film(NamedTuple):
    """What a submission holds for one sample of a level."""

    row: Row
    sample: int
    place: Path
    """From the submission's folder on."""
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
    engine: str = LOCAL,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """The results, which are also written to `out`, with `<stem>.levels.jsonl` and `<stem>.readings.jsonl` beside it.

    A run that was killed goes on where it stopped, and a film that has changed since is judged anew.
    """
    _check(submission, dataset, workers)
    check_engine(engine)
    target = result_path(out)
    log, seen = log_path(target), readings_path(target)
    benchmark = benchmark_of(dataset)
    found = films_of(submission, dataset)
    films = [film_of(submission.folder, row, sample, found) for row in dataset.rows for sample in range(found.samples)]
    rows = kept_rows(films, rows_of_earlier_runs(log, benchmark))
    write_whole(log, "".join(map(line_of, rows.values())))
    order_readings(seen, rows.values())
    with log.open("a", encoding="utf-8", newline="") as file, seen.open("a", encoding="utf-8", newline="") as beside:
        _tell(progress, len(rows), len(films))
        left = [film for film in films if film.place not in rows]
        for film, verdict in _verdicts(submission.folder, left, workers, engine):
            rows[film.place] = row_of(film, verdict, benchmark)
            if verdict and "reading" in verdict:
                _append(beside, reading_line(rows[film.place], verdict["reading"]))
            _append(file, line_of(rows[film.place]))  # last: who has a row has its reading too
            _tell(progress, len(rows), len(films))
    ordered = [row for level in levels_of(rows.values()) for row in level]
    write_whole(log, "".join(map(line_of, ordered)))
    order_readings(seen, ordered)
    results = results_of(ordered, meta=submission.meta, benchmark=benchmark, strange=found.strangers)
    write_results(target, results)
    return results


def _append(file: TextIO, line: str) -> None:
    """Hands a line to the system at once, which keeps it when this process is killed."""
    file.write(line)
    file.flush()


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
        "levels_sha256": dataset.levels_sha256,
        "manifest_sha256": dataset.manifest_sha256,
        "verifier_version": VERIFIER_VERSION,
    }


def film_of(folder: Path, row: Row, sample: int, found: Films) -> Film:
    """What a submission's folder holds for a sample of a level; never raises for what it holds."""
    places = found.places.get(Key(row.id, sample), ())
    if not places:
        return Film(row, sample, expected_films(row, found.samples)[sample], None, None)
    if len(places) > 1:
        return Film(row, sample, places[0], None, f"handed in twice, also as {places[1].name}")
    refused = unfit(folder / places[0], folder)
    try:
        return Film(row, sample, places[0], None if refused else sha256_of(folder / places[0]), refused)
    except OSError as error:
        return Film(row, sample, places[0], None, f"the file cannot be read: {error.strerror}")


def kept_rows(films: Iterable[Film], earlier: Mapping[tuple[str, str | None], LevelRow]) -> dict[Path, LevelRow]:
    """The rows of films that were judged before, by place; a film that was only renamed is the same film."""
    kept: dict[Path, LevelRow] = {}
    for film in films:
        if (film.row.id, film.sha256) in earlier:
            row = earlier[film.row.id, film.sha256]
            kept[film.place] = {**row, "sample": film.sample, "film": film.place.as_posix()}
    return kept


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
    return row["fault"] is not None and row["fault"]["detail"].startswith((KILLED, FAILED, CHANGED))


_SAME = ("verifier_version", "levels_sha256", "manifest_sha256")


def _verdicts(
    folder: Path, films: Sequence[Film], workers: int, engine: str
) -> Iterator[tuple[Film, dict[str, Any] | None]]:
    """Each film with its verdict, None where there is no film; what needs no judge comes first."""
    tasks: dict[Path, tuple[Film, Task]] = {}
    for film in films:
        if film.sha256 is None:
            yield film, None if film.refused is None else unreadable(film.refused).json()
        else:
            row, path = film.row, folder / film.place
            tasks[path] = film, Task(row.id, path, row.puzzle, row.level, row.skin, row.solution, film.sha256)
    for task, verdict in judged([task for _, task in tasks.values()], workers, engine=engine):
        yield tasks[task.film][0], verdict


def row_of(film: Film, verdict: Mapping[str, Any] | None, benchmark: Mapping[str, str]) -> dict[str, Any]:
    """The line of `levels.jsonl` for a film and its verdict; the `MEANS` are 0 where it was not judged."""
    found = verdict or {"judged": False}
    means = {**(found.get("metrics") or {}), "reward": found.get("reward", 0.0)} if found["judged"] else {}
    return {
        "id": film.row.id,
        "sample": film.sample,
        "puzzle": film.row.puzzle,
        "tier": film.row.tier,
        "skin": film.row.skin,
        "status": "missing" if verdict is None else "judged" if found["judged"] else "unreadable",
        "success": bool(found["judged"] and found["success"]),
        "arrived": bool(found["judged"] and found["arrived"]),
        **{name: means.get(name, 0.0) for name in MEANS},
        "parts": found.get("parts", {}),
        "fault": found.get("fault"),
        "film": film.place.as_posix(),
        "sha256": film.sha256,
        **{key: benchmark[key] for key in _SAME},
    }


def line_of(row: Mapping[str, Any]) -> str:
    """A row as a line of `levels.jsonl`."""
    return json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n"


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)
