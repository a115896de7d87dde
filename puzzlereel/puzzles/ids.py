"""Level ids: the id is the seed, and the split is a property of the level.

maze/easy/test/17     puzzle / tier / split / index
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

import numpy as np

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import Puzzle, PuzzlereelError, Solution
from puzzlereel.puzzles.registry import PUZZLES

SPLITS = {"train": range(80), "val": range(80, 90), "test": range(90, 100)}
"""Which of 100 hash buckets belong to each split."""
OOD = "ood"
"""The tier that has no train split."""
TINY = "tiny"
"""The tier of the smallest levels, for tiny policies: some puzzles have it, and the suite's own sets leave it out."""
KEPT = 256
"""How many levels and solutions are kept in memory, for who asks again."""
FORM = re.compile(r"([a-z]+)/([a-z]+)/([a-z]+)/(0|[1-9][0-9]{0,9})")


class UnknownId(PuzzlereelError):
    """An id that names no level."""


@dataclass(frozen=True)
class LevelId:
    """What an id says; `parse_id` is the inverse of `str`, and checks that there is such a level."""

    puzzle: str
    tier: str
    split: str
    index: int

    def __str__(self) -> str:
        return f"{self.puzzle}/{self.tier}/{self.split}/{self.index}"


def parse_id(text: str) -> LevelId:
    """The id that a text spells; UnknownId where it names no level."""
    match = FORM.fullmatch(text)
    if match is None:
        raise UnknownId(f"expected an id like maze/easy/test/17, got {text!r}")
    name, tier, split, index = match.groups()
    check_names(name, tier, split, given=text)
    return LevelId(name, tier, split, int(index))


def check_names(puzzle: str, tier: str, split: str, *, given: str) -> None:
    """UnknownId where there is no such puzzle, tier or split."""
    if puzzle not in PUZZLES:
        raise UnknownId(f"expected a puzzle of {', '.join(PUZZLES)}, got {puzzle!r} in {given!r}")
    if tier not in PUZZLES[puzzle].tiers:
        raise UnknownId(f"expected a tier of {', '.join(PUZZLES[puzzle].tiers)}, got {tier!r} in {given!r}")
    if split not in SPLITS:
        raise UnknownId(f"expected a split of {', '.join(SPLITS)}, got {split!r} in {given!r}")
    if tier == OOD and split == "train":
        raise UnknownId(f"expected val or test, since {OOD} has no train split, got {given!r}")


@lru_cache(maxsize=KEPT)
def level_of(identity: LevelId) -> Any:
    """The level of an id: the first of its generator's levels whose form falls into its split."""
    puzzle = PUZZLES[identity.puzzle]
    rng = Random(str(identity))
    return puzzle.generate(rng, identity.tier, lambda level: split_of(puzzle, level) == identity.split)


@lru_cache(maxsize=KEPT)
def solution_of(identity: LevelId) -> Solution:
    """The reference solution of an id."""
    return PUZZLES[identity.puzzle].solve(level_of(identity))


def split_of(puzzle: Puzzle, level: Any) -> str:
    """The split that a level belongs to, by the hash of its form."""
    digest = hashlib.sha256(f"{puzzle.name}\n{form_of(puzzle, level)}".encode()).digest()
    bucket = int.from_bytes(digest[:8], "big") % 100
    return next(split for split, buckets in SPLITS.items() if bucket in buckets)


def form_of(puzzle: Puzzle, level: Any) -> str:
    """The canonical form: the least high, and of those the first in the order of text, among the level's 8 rotations
    and reflections and their other tellings."""
    turned = turnings(level.board(level.start()))
    height = min(turned)[0]
    least = min([told for rows, glyphs in turned if rows == height for told in puzzle.alike(glyphs)])
    width = len(least) // height
    return "\n".join([least[place : place + width] for place in range(0, len(least), width)])


def turnings(board: Board) -> list[tuple[int, str]]:
    """The 8 rotations and reflections of a board: how many rows each has, and its glyphs in the order of reading."""
    glyphs = np.frombuffer("".join(board.rows).encode("ascii"), np.uint8).reshape(board.shape)
    turned = []
    for half in (glyphs, glyphs[::-1], glyphs.T, glyphs.T[::-1]):
        text = half.tobytes().decode("ascii")
        turned += [(len(half), text), (len(half), text[::-1])]
    return turned
