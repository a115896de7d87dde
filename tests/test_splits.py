"""No test level is a train level, however it is turned or told: shown on levels by the hundred thousand."""

from collections.abc import Iterator
from itertools import count, cycle, islice
from random import Random

import pytest
import strategies

from puzzlereel.puzzles.core import Puzzle
from puzzlereel.puzzles.ids import OOD, TINY, LevelId, level_of
from puzzlereel.puzzles.registry import PUZZLES

TRAIN, TEST = 100_000, 600
FEWER = {"fifteen": 4_000}
"""Of how many train levels it is shown where solvers take longer and there are fewer levels."""
OFTEN = ["easy"] * 12 + ["medium"] * 6 + ["hard", OOD]


def levels(puzzle: Puzzle, split: str) -> Iterator[str]:
    """The texts of the levels of a split, from all tiers, the smaller ones more often: those are likelier to meet."""
    places = {tier: count() for tier in puzzle.tiers if (tier, split) != (OOD, "train")}
    for tier in cycle(OFTEN):
        if tier in places:
            yield str(level_of(LevelId(puzzle.name, tier, split, next(places[tier]))))


@pytest.mark.parametrize("puzzle", PUZZLES.values(), ids=PUZZLES)
def test_no_guise_of_a_test_level_is_among_many_train_levels(puzzle: Puzzle) -> None:
    train = {strategies.plain(puzzle, text) for text in islice(levels(puzzle, "train"), FEWER.get(puzzle.name, TRAIN))}
    leaks = [
        text
        for split in ("test", "val")
        for text in islice(levels(puzzle, split), TEST)
        if not train.isdisjoint(
            strategies.plain(puzzle, guise) for guise in strategies.guises(puzzle, puzzle.parse(text))
        )
    ]

    assert [] == leaks
    assert is_seen_among(train, puzzle), "levels drawn without a split should meet the train levels now and then"


@pytest.mark.parametrize("puzzle", [one for one in PUZZLES.values() if TINY in one.tiers], ids=lambda one: one.name)
def test_no_guise_of_a_tiny_test_level_is_among_the_tiny_train_levels(puzzle: Puzzle) -> None:
    train, val, test = (
        {str(level_of(LevelId(puzzle.name, TINY, split, index))) for index in range(count)}
        for split, count in (("train", 1000), ("val", 100), ("test", 100))
    )
    known = {strategies.plain(puzzle, text) for text in train}
    leaks = [
        text
        for text in val | test
        if not known.isdisjoint(strategies.plain(puzzle, one) for one in strategies.guises(puzzle, puzzle.parse(text)))
    ]

    assert [] == leaks
    assert min(len(train) / 10, len(val), len(test)) > 50, "levels of a tier are not always the same few"


def is_seen_among(train: set[str], puzzle: Puzzle) -> bool:
    """Whether some of the levels drawn without regard to a split are train levels in another guise."""
    rng = Random("any split")
    drawn = (puzzle.generate(rng, "easy") for _ in range(4 * TEST))
    return any(
        strategies.plain(puzzle, guise) in train and strategies.plain(puzzle, str(level)) not in train
        for level in drawn
        for guise in strategies.guises(puzzle, level)
    )
