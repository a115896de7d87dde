"""What a score says: the numbers of a submission, from one row a level to `results.json`.

levels.jsonl   id, status, success, arrived, precision, recall, f1, fault, …      schemas/level.json
results.json   totals by puzzle and tier, macro, faults, what judged them         schemas/results.json
"""

import json
import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

from puzzlereel import __version__
from puzzlereel.files import write_whole
from puzzlereel.leaderboard import stats
from puzzlereel.leaderboard.files import read_json, read_text
from puzzlereel.leaderboard.schema import check
from puzzlereel.leaderboard.submission import check_description
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.puzzles.ids import parse_id
from puzzlereel.puzzles.registry import PUZZLES

LevelRow: TypeAlias = Mapping[str, Any]
Results: TypeAlias = Mapping[str, Any]

SCHEMA_VERSION = 1
RATES = ("success", "arrived", "cheating", "unjudged", "missing", "unreadable")
"""Shares of the levels, with Wilson's interval."""
MEANS = ("precision", "recall", "f1")
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
    """Whether a level counts as a hit of one of the `RATES`."""
    match name:
        case "success" | "arrived":
            return row[name] is True
        case "cheating":
            return bool(row["arrived"] and not row["success"])
        case "unjudged":
            return bool(row["status"] != "judged")
        case _:
            return bool(row["status"] == name)


def totals_of(rows: Sequence[LevelRow], *, seed: str) -> dict[str, Any]:
    """Every rate and mean over some levels, at least one."""
    rates = {name: stats.rate(sum(has(row, name) for row in rows), len(rows)) for name in RATES}
    means = {name: stats.mean([[float(row[name]) for row in rows]], seed=f"{seed}/{name}") for name in MEANS}
    return {name: estimate.json() for name, estimate in (rates | means).items()}


def macro_of(groups: Mapping[str, Sequence[LevelRow]]) -> dict[str, Any]:
    """The means over puzzles, each puzzle weighing the same however many levels it has."""
    macro = {
        name: stats.macro_rate([stats.rate(sum(has(row, name) for row in rows), len(rows)) for rows in groups.values()])
        for name in MACRO_RATES
    }
    macro["f1"] = stats.mean([[float(row["f1"]) for row in rows] for rows in groups.values()], seed="macro/f1")
    return {name: estimate.json() for name, estimate in macro.items()}


def numbers_of(rows: Iterable[LevelRow]) -> dict[str, Any]:
    """`totals`, `macro` and `faults` of a submission, whatever the order of its rows; it has at least one."""
    ordered = sorted(rows, key=lambda row: order_of(row["id"]))
    puzzles = _grouped(ordered, "puzzle")
    totals = {
        puzzle: totals_of(group, seed=puzzle)
        | {"tiers": {tier: totals_of(some, seed=f"{puzzle}/{tier}") for tier, some in _grouped(group, "tier").items()}}
        for puzzle, group in puzzles.items()
    }
    return {"totals": totals, "macro": macro_of(puzzles), "faults": {p: faults_of(g) for p, g in puzzles.items()}}


def _grouped(rows: Sequence[LevelRow], key: str) -> dict[str, list[LevelRow]]:
    groups: dict[str, list[LevelRow]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return groups


def faults_of(rows: Iterable[LevelRow]) -> dict[str, int]:
    """How many levels have each reason as their first fault, the most frequent first."""
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
    """The content of `results.json`; all of it but `created` and `environment` depends on films and levels alone."""
    return {
        "schema_version": SCHEMA_VERSION,
        "submission": {"name": meta["model"]["name"], "meta": dict(meta)},
        "benchmark": dict(benchmark),
        **numbers_of(rows),
        "strangers": {"count": len(strange), "films": list(strange[:MOST_STRANGERS])},
        "environment": environment(),
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
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


def write_results(path: Path, results: Results) -> None:
    """Writes `results.json` whole; BadResults where the schema is broken."""
    check_results(results, where=str(path))
    write_whole(path, json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_results(path: Path) -> dict[str, Any]:
    """The inverse of `write_results`; BadFile or BadResults, in one line, where the file holds no results."""
    results = read_json(read_text(path), where=str(path))
    check_results(results, where=str(path))
    return dict(results)
