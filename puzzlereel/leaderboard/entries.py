"""Who stands on a board, with what each page of the site needs to know of them.

entry ─┬─ rank, results      from results.json
       ├─ slug               the name of its page: never the submission's own text
       └─ levels             from levels.jsonl, where that lies beside
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from puzzlereel.leaderboard.board import ranked, read_board
from puzzlereel.leaderboard.compare import read_scored
from puzzlereel.leaderboard.results import BadResults, Results, Rows, log_path

LONGEST = 40
"""The letters of a name that the name of a page keeps."""


@dataclass(frozen=True)
class Entry:
    """A submission's place on the board."""

    rank: int
    """1 for the best; equal where the mean success over puzzles is equal."""
    results: Results
    slug: str
    """The name of its page and of the folder of its films: a to z, digits and dashes."""
    levels: Sequence[Rows] = ()
    """The rows of each level; none where they are not at hand."""
    path: Path | None = None
    """Where its results were read from."""

    @property
    def name(self) -> str:
        return str(self.results["submission"]["name"])

    @cached_property
    def by_id(self) -> Mapping[str, Rows]:
        """The rows of each level by its id."""
        return {rows[0]["id"]: rows for rows in self.levels}


def read_entries(paths: Sequence[Path]) -> list[Entry]:
    """The results in some files as a board, best first, with the rows that lie beside them.

    BadResults, naming the file, where one cannot stand beside the others, or rows are not those of its results.
    """
    board = read_board(paths)
    levels: dict[str, Sequence[Rows]] = {}
    for path, results in zip(paths, board, strict=True):
        levels[results["submission"]["name"]] = _rows(path) if log_path(path).exists() else ()
    if len({frozenset(rows[0]["id"] for rows in some) for some in levels.values() if some}) > 1:
        raise BadResults("expected rows of the same levels beside all results, got others: score the submissions again")
    places = ranked(board)
    names = [place.results["submission"]["name"] for place in places]
    slugs = slugs_of(names)
    homes = {results["submission"]["name"]: path for path, results in zip(paths, board, strict=True)}
    return [
        Entry(place.rank, place.results, slugs[name], levels[name], homes[name])
        for place, name in zip(places, names, strict=True)
    ]


def _rows(path: Path) -> Sequence[Rows]:
    """The rows beside some results; BadResults where puzzles, tiers or skins are not those of the results."""
    scored = read_scored(path)
    found = Counter((row["puzzle"], row["tier"], row["skin"].partition("+")[0]) for (row, *_) in scored.levels)
    told = {
        (puzzle, tier, skin): numbers["success"]["n"]
        for puzzle, total in scored.results["totals"].items()
        for tier, one in total["tiers"].items()
        for skin, numbers in one["skins"].items()
    }
    if dict(found) != told:
        raise BadResults(f"{log_path(path)}: expected as many levels of each puzzle, tier and skin as {path} tells")
    return scored.levels


def slugs_of(names: Sequence[str]) -> dict[str, str]:
    """A name of a page for each name of a model; those that would be the same get a piece of their hash."""
    plain = {name: re.sub(r"[^a-z0-9]+", "-", name.lower()[:LONGEST]).strip("-") for name in names}
    slugs, hashed = plain, {name for name, slug in plain.items() if not slug}
    while True:
        count = Counter(slugs.values())
        hashed |= {name for name, slug in slugs.items() if count[slug] > 1}
        told = {name: _with_hash(name, slug) if name in hashed else slug for name, slug in plain.items()}
        if told == slugs:
            return slugs
        slugs = told


def _with_hash(name: str, slug: str) -> str:
    return f"{slug or 'model'}-{sha256(name.encode()).hexdigest()[:8]}"
