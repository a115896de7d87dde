"""What a score says: the numbers of a submission, from one row a film to `results.json`.

levels.jsonl   id, sample, status, success, arrived, f1, reward, fault, …         schemas/level.json
results.json   totals by puzzle, tier and skin, macro, faults, what judged them   schemas/results.json

Every number is a mean over levels, and that of a level the mean over its films. The same films, levels and versions
give the same file, byte for byte.
"""

import json
import platform
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from statistics import fmean
from typing import Any, TypeAlias

from puzzlereel import __version__
from puzzlereel.files import write_whole
from puzzlereel.leaderboard import stats
from puzzlereel.leaderboard.files import read_json, read_text
from puzzlereel.leaderboard.schema import check
from puzzlereel.leaderboard.submission import check_description
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.puzzles.ids import parse_id
from puzzlereel.puzzles.registry import PUZZLES, weighed

LevelRow: TypeAlias = Mapping[str, Any]
"""The line of one film."""
Rows: TypeAlias = Sequence[LevelRow]
"""The lines of all films of one level."""
Results: TypeAlias = Mapping[str, Any]

SCHEMA_VERSION = 2
RATES = ("success", "arrived", "cheating", "unjudged", "missing", "unreadable")
"""Shares of the levels, with Wilson's interval."""
MEANS = ("precision", "recall", "f1", "reward")
"""Means over the levels, with a bootstrap interval."""
MACRO_RATES = ("success", "arrived", "cheating", "unjudged")
MOST_STRANGERS = 100
"""How many strangers are listed by name."""


class BadResults(PuzzlereelError):
    """A file that holds no results, or results that cannot stand on one board."""


def order_of(id: str) -> tuple[int, int, str, int]:
    """Where a level stands in every listing: by puzzle and tier as the registry has them, then split and index."""
    level = parse_id(id)
    return list(PUZZLES).index(level.puzzle), PUZZLES[level.puzzle].tiers.index(level.tier), level.split, level.index


def has(row: LevelRow, name: str) -> bool:
    """Whether a film counts as a hit of one of the `RATES`."""
    match name:
        case "success" | "arrived":
            return row[name] is True
        case "cheating":
            return bool(row["arrived"] and not row["success"])
        case "unjudged":
            return bool(row["status"] != "judged")
        case _:
            return bool(row["status"] == name)


def totals_of(levels: Sequence[Rows], *, seed: str) -> dict[str, Any]:
    """Every rate and mean over some levels, at least one, all with as many films."""
    films = len(levels[0])
    totals = {name: stats.share(parts_of(levels, name), films) for name in RATES}
    totals |= {name: stats.mean([means_of(levels, name)], seed=f"{seed}/{name}") for name in MEANS}
    for k in ks_of(films):
        totals[f"pass_at_{k}"] = stats.share(passes_of(levels, k), films)
        totals[f"best_of_{k}"] = stats.mean([bests_of(levels, k)], seed=f"{seed}/best_of_{k}")
    return {name: estimate.json() for name, estimate in totals.items()}


def macro_of(puzzles: Mapping[str, Sequence[Rows]]) -> dict[str, Any]:
    """The means over puzzles, extras left out, each puzzle weighing the same however many levels it has."""
    groups = [puzzles[name] for name in weighed(puzzles)]
    films = len(groups[0][0])

    def mean_share(values: Callable[[Sequence[Rows]], list[float]]) -> stats.Estimate:
        return stats.macro_rate([stats.share(values(levels), films) for levels in groups])

    macro = {name: mean_share(partial(parts_of, name=name)) for name in MACRO_RATES}
    macro |= {name: stats.mean([means_of(levels, name) for levels in groups], seed=f"macro/{name}") for name in MEANS}
    for k in ks_of(films):
        macro[f"pass_at_{k}"] = mean_share(partial(passes_of, k=k))
        macro[f"best_of_{k}"] = stats.mean([bests_of(levels, k) for levels in groups], seed=f"macro/best_of_{k}")
    return {name: estimate.json() for name, estimate in macro.items()}


def parts_of(levels: Sequence[Rows], name: str) -> list[float]:
    """What part of each level's films are hits of one of the `RATES`."""
    return [fmean(has(row, name) for row in rows) for rows in levels]


def means_of(levels: Sequence[Rows], name: str) -> list[float]:
    """The mean of each level's films in one of the `MEANS`."""
    return [fmean(float(row[name]) for row in rows) for rows in levels]


def ks_of(films: int) -> list[int]:
    """The k of pass@k and best-of-k for so many films a level: 1, 2, 4, … and all; none where there is one film."""
    return sorted({*(2**power for power in range(films.bit_length())), films}) if films > 1 else []


def passes_of(levels: Sequence[Rows], k: int) -> list[float]:
    """The chance of each level that one of k of its films succeeds."""
    return [stats.pass_at(k, sum(has(row, "success") for row in rows), len(rows)) for rows in levels]


def bests_of(levels: Sequence[Rows], k: int) -> list[float]:
    """The highest reward of k of each level's films, in the mean over which k."""
    return [stats.best_of(k, [float(row["reward"]) for row in rows]) for rows in levels]


def numbers_of(rows: Iterable[LevelRow]) -> dict[str, Any]:
    """`totals`, `macro` and `faults` of a submission, whatever the order of its rows; it has at least one."""
    levels = levels_of(rows)
    puzzles = _grouped(levels, lambda row: str(row["puzzle"]))
    totals = {puzzle: _with_skins(group, puzzle) | {"tiers": _tiers(group)} for puzzle, group in puzzles.items()}
    faults = {puzzle: faults_of(row for rows in group for row in rows) for puzzle, group in puzzles.items()}
    return {"totals": totals, "macro": macro_of(puzzles), "faults": faults}


def levels_of(rows: Iterable[LevelRow]) -> list[Rows]:
    """The rows level by level, in the order of every listing; BadResults where levels have different samples."""
    ordered = sorted(rows, key=lambda row: (order_of(row["id"]), row["sample"]))
    levels: list[Rows] = [list(films) for _, films in groupby(ordered, key=lambda row: str(row["id"]))]
    for films in levels:
        if [row["sample"] for row in films] != list(range(len(levels[0]))):
            raise BadResults(f"expected the samples 0 to {len(levels[0]) - 1} of {films[0]['id']}, each once")
    return levels


def _tiers(levels: Sequence[Rows]) -> dict[str, Any]:
    puzzle = levels[0][0]["puzzle"]
    tiers = _grouped(levels, lambda row: str(row["tier"]))
    return {tier: _with_skins(group, f"{puzzle}/{tier}") for tier, group in tiers.items()}


def _with_skins(levels: Sequence[Rows], seed: str) -> dict[str, Any]:
    """The totals of some levels, and those of each family of skins among them."""
    skins = _grouped(levels, lambda row: str(row["skin"]).partition("+")[0])
    known = {skin: totals_of(group, seed=f"{seed}/{skin}") for skin, group in sorted(skins.items())}
    return totals_of(levels, seed=seed) | {"skins": known}


def _grouped(levels: Sequence[Rows], key: Callable[[LevelRow], str]) -> dict[str, list[Rows]]:
    groups: dict[str, list[Rows]] = {}
    for rows in levels:
        groups.setdefault(key(rows[0]), []).append(rows)
    return groups


def faults_of(rows: Iterable[LevelRow]) -> dict[str, int]:
    """How many films have each reason as their first fault, the most frequent first."""
    reasons = Counter(row["fault"]["reason"] for row in rows if row["fault"])
    return dict(sorted(reasons.items(), key=lambda one: (-one[1], one[0])))


def environment() -> dict[str, str]:
    """What the numbers were made with, and nothing about whose machine it was."""
    return {
        "python": platform.python_version(),
        "puzzlereel": __version__,
        "numpy": version("numpy"),
        "av": version("av"),
    }


def results_of(
    rows: Iterable[LevelRow], *, meta: Mapping[str, Any], benchmark: Mapping[str, str], strange: Sequence[str]
) -> dict[str, Any]:
    """The content of `results.json`; all of it but `environment` depends on films and levels alone."""
    levels = levels_of(rows)
    return {
        "schema_version": SCHEMA_VERSION,
        "submission": {"name": meta["model"]["name"], "meta": dict(meta)},
        "benchmark": dict(benchmark),
        "samples": len(levels[0]),
        **numbers_of(row for films in levels for row in films),
        "strangers": {"count": len(strange), "films": list(strange[:MOST_STRANGERS])},
        "environment": environment(),
    }


def check_results(results: Any, *, where: str) -> None:
    """Raises BadResults or BadSubmission where results are not as their schema says or name a model twice."""
    check(results, "results", where=where, error=BadResults)
    check_description(results["submission"]["meta"], where=f"{where}: submission.meta")
    named, model = results["submission"]["name"], results["submission"]["meta"]["model"]["name"]
    if named != model:
        raise BadResults(f"{where}: expected the submission to be named {model!r} as its model, got {named!r}")
    if set(results["faults"]) != set(results["totals"]):
        raise BadResults(f"{where}: expected faults of the puzzles {', '.join(results['totals'])}")


def log_path(path: Path) -> Path:
    """Where the rows are that the results in a file were counted from."""
    return path.with_name(f"{path.stem}.levels.jsonl")


def write_results(path: Path, results: Results) -> None:
    """Writes `results.json` whole; BadResults where the schema is broken."""
    check_results(results, where=str(path))
    write_whole(path, json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_results(path: Path) -> dict[str, Any]:
    """The inverse of `write_results`; BadFile or BadResults, in one line, where the file holds no results."""
    results = read_json(read_text(path), where=str(path))
    check_results(results, where=str(path))
    return dict(results)
