"""The scores that ship: what reference policies come to on the small fixed test set, level by level.

reference/mini.json     date, versions, seed; of each level a hash; of each policy its verdicts and its numbers
`puzzlereel reproduce`  films the same policies on the same levels, scores them, and tells every difference
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from puzzlereel import __version__
from puzzlereel.hub.dataset import Dataset, Row
from puzzlereel.leaderboard.files import read_json
from puzzlereel.leaderboard.results import BadResults, LevelRow, Results, environment
from puzzlereel.leaderboard.schema import check
from puzzlereel.verifiers.judge import VERIFIER_VERSION

SCHEMA_VERSION = 1
NUMBERS = ("success", "arrived", "f1", "reward")
SUCCESS = "success"
"""What a verdict is called that has no fault."""
NEAR = 0.001
"""How far apart two F1 of one film may be and count as the same."""
VERDICT = re.compile(r"\[\s+(\"[a-z_]+\"),\s+([0-9.]+)\s+\]")
DIGITS = 12
"""How many hex digits of a level's hash are kept."""


def read_reference() -> dict[str, Any]:
    """The scores that ship; BadResults where they are of another version of the levels or of the verifier."""
    text = (files("puzzlereel.leaderboard") / "reference" / "mini.json").read_text(encoding="utf-8")
    told: dict[str, Any] = read_json(text, where="the scores that ship")
    check(told, "reference", where="the scores that ship", error=BadResults)
    versions = {"puzzlereel": __version__, "verifier_version": VERIFIER_VERSION}
    for key, version in versions.items():
        if told["made"][key] != version:
            raise BadResults(f"the scores that ship are of {key} {told['made'][key]}, and this is {version}")
    return told


def reference_of(
    dataset: Dataset, scored: Mapping[str, tuple[Results, Sequence[LevelRow]]], *, date: str, seed: int
) -> dict[str, Any]:
    """What ships, from the results and rows of each policy; BadResults where it is not as its schema says."""
    told = {
        "schema_version": SCHEMA_VERSION,
        "made": {"date": date, "seed": seed, **environment(), "verifier_version": VERIFIER_VERSION},
        "levels_sha256": dataset.levels_sha256,
        "levels": {row.id: hash_of(row) for row in dataset.rows},
        "policies": {
            policy: {
                "macro": _numbers(results["macro"]),
                "puzzles": {puzzle: _numbers(total) for puzzle, total in results["totals"].items()},
                "verdicts": {row["id"]: verdict_of(row) for row in rows},
            }
            for policy, (results, rows) in scored.items()
        },
    }
    check(told, "reference", where="the scores to ship", error=BadResults)
    return told


def text_of(reference: Mapping[str, Any]) -> str:
    """The text of what ships, a line a verdict."""
    return VERDICT.sub(r"[\1, \2]", json.dumps(reference, indent=1)) + "\n"


def _numbers(total: Mapping[str, Any]) -> dict[str, float]:
    return {name: total[name]["value"] for name in NUMBERS}


def hash_of(row: Row) -> str:
    """What a level and its solution are known by."""
    return sha256(f"{row.level}\n{row.solution}".encode()).hexdigest()[:DIGITS]


def verdict_of(row: LevelRow) -> list[Any]:
    """What came of a film in a word, and its F1: success, the reason of its fault, or that it was missing."""
    if row["success"]:
        return [SUCCESS, row["f1"]]
    return [row["fault"]["reason"] if row["fault"] else row["status"], row["f1"]]


def other_levels(rows: Iterable[Row], reference: Mapping[str, Any]) -> Iterator[str]:
    """The levels that are not those of the reference, or that it does not have, in words."""
    for row in rows:
        known = reference["levels"].get(row.id)
        if known != hash_of(row):
            yield f"{row.id}: expected the level or solution {known or 'of no such id'}, got {hash_of(row)}"


def other_verdicts(rows: Iterable[LevelRow], policy: str, reference: Mapping[str, Any]) -> Iterator[str]:
    """The films of a policy that came to something else than in the reference, in words."""
    verdicts = reference["policies"][policy]["verdicts"]
    for row in rows:
        (word, f1), (known, known_f1) = verdict_of(row), verdicts.get(row["id"], ["nothing", 0.0])
        if word != known or abs(f1 - known_f1) > NEAR:
            yield f"{policy} {row['id']}: expected {known} with F1 {known_f1:.3f}, got {word} with F1 {f1:.3f}"


def read_rows(log: Path) -> list[LevelRow]:
    """The rows that a score was counted from."""
    return [read_json(line, where=str(log)) for line in log.read_text(encoding="utf-8").splitlines()]
