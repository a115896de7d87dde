"""A board: the results of several submissions to one benchmark, ranked."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from puzzlereel.leaderboard.results import BadResults, LevelRow, Results, read_results
from puzzlereel.puzzles.core import Reason
from puzzlereel.puzzles.registry import PUZZLES, weighed

ALIKE = {
    "version": "benchmark version",
    "levels_sha256": "levels of the data set",
    "verifier_version": "verifier version",
}
"""What all results on a board share, and what each is called.

The manifests of their data sets may differ: another version of the encoder makes other files of the same levels, looks,
sizes and prompts, which are what `levels_sha256` is of, and what a film is judged by.
"""
FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula."""


class Place(NamedTuple):
    """One submission's place on a board."""

    rank: int
    """1 for the best; equal where the mean success over puzzles is equal."""
    results: Results


class Commonest(NamedTuple):
    """The fault that most of a submission's films begin with."""

    sentence: str
    films: int
    of: int
    """How many of its films have a fault."""


def read_board(paths: Sequence[Path]) -> list[Results]:
    """The results in some files; BadResults, naming the file, where one cannot stand beside the others."""
    if not paths:
        raise BadResults("expected at least one file of results, got none")
    board: dict[str, tuple[Path, Results]] = {}
    for path in paths:
        results = read_results(path)
        name = results["submission"]["name"]
        if name in board:
            raise BadResults(f"{path}: expected a name of its own, but {board[name][0]} has {name!r} too")
        board[name] = path, results
    first, model = next(iter(board.values()))
    for path, other in board.values():
        check_alike(path, other, first, model)
    return [results for _, results in board.values()]


def check_alike(path: Path, other: Results, first: Path, model: Results) -> None:
    """Raises BadResults, naming the file, where results are not of the same levels, judged in the same way."""
    for key, called in ALIKE.items():
        expected, got = model["benchmark"][key], other["benchmark"][key]
        if got != expected:
            raise BadResults(f"{path}: expected the {called} {expected} as in {first}, got {got}")
    if _sizes(other) != _sizes(model):
        raise BadResults(f"{path}: expected as many levels of each puzzle and tier as in {first}")


def _sizes(results: Results) -> dict[tuple[str, str], int]:
    return {
        (puzzle, tier): numbers["success"]["n"]
        for puzzle, total in results["totals"].items()
        for tier, numbers in {**total["tiers"], "": total}.items()
    }


def ranked(board: Sequence[Results]) -> list[Place]:
    """Best mean success over puzzles first; equal ones share a rank and stand by F1, then by name."""

    def success(results: Results) -> float:
        return float(results["macro"]["success"]["value"])

    def merit(results: Results) -> tuple[float, float, str]:
        return -success(results), -results["macro"]["f1"]["value"], results["submission"]["name"]

    return [Place(1 + sum(success(other) > success(one) for other in board), one) for one in sorted(board, key=merit)]


def puzzles_of(board: Sequence[Results]) -> list[str]:
    """The puzzles on a board, as the registry orders them; those it does not know come last."""
    names = {puzzle for results in board for puzzle in results["totals"]}
    return [name for name in PUZZLES if name in names] + sorted(names - set(PUZZLES))


def commonest_fault(results: Results, puzzle: str | None = None) -> Commonest | None:
    """The most frequent first fault, in one puzzle or in all but extras; None where no film has one."""
    counts: Counter[str] = Counter()
    for name in weighed(results["faults"]) if puzzle is None else [puzzle]:
        counts.update(results["faults"].get(name, {}))
    if not counts:
        return None
    reason, films = min(counts.items(), key=lambda one: (-one[1], one[0]))
    return Commonest(reason_told(reason), films, counts.total())


def reason_told(reason: str) -> str:
    """The sentence of a reason, or its name in words where this version does not know it."""
    known = Reason.__members__.get(reason.upper())
    return known.value if known else reason.replace("_", " ")


def numbers(results: Results) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """Every estimate with its puzzle, tier and name; `all` stands for every puzzle or tier together."""
    for name, estimate in results["macro"].items():
        yield "all", "all", name, estimate
    for puzzle, total in results["totals"].items():
        for tier, group in {"all": total, **total["tiers"]}.items():
            for name, estimate in group.items():
                if name not in ("tiers", "skins"):
                    yield puzzle, tier, name, estimate


def board_csv(places: Sequence[Place]) -> str:
    """The board as one number a line, with an apostrophe before names that a spreadsheet would compute."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["rank", "name", "puzzle", "tier", "number", "value", "low", "high", "n"])
    for rank, results in places:
        name = results["submission"]["name"]
        for puzzle, tier, number, estimate in numbers(results):
            table.writerow(
                [rank, _tame(name), puzzle, tier, number, *(estimate[key] for key in ("value", "low", "high", "n"))]
            )
    return out.getvalue()


VERDICT = (
    "id",
    "sample",
    "puzzle",
    "tier",
    "skin",
    "status",
    "success",
    "arrived",
    "precision",
    "recall",
    "f1",
    "reward",
)


def films_csv(films: Iterable[tuple[str, LevelRow]]) -> str:
    """The verdict on each film, with the name of its model, as one line."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["name", *VERDICT, "fault_frame", "fault_reason"])
    for name, row in films:
        fault = row["fault"] or {"frame": "", "reason": ""}
        table.writerow([_tame(name), *(row[key] for key in VERDICT), fault["frame"], fault["reason"]])
    return out.getvalue()


def _tame(name: str) -> str:
    """A name with an apostrophe before it where a spreadsheet would compute it."""
    return f"'{name}" if name.startswith(FORMULA) else name
