"""What a video model is told: the same for an id for ever, in the words of the skin, with every rule that matters."""

import re
from collections import Counter
from string import Formatter

import pytest

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.skins import SKINS, Skin, skin_of

EACH = [skin for skins in SKINS.values() for skin in skins.values()]
EACH_SKIN = pytest.mark.parametrize("skin", EACH, ids=[f"{skin.puzzle}-{skin.name}" for skin in EACH])
WORDINGS = [(puzzle.name, wording) for puzzle in PUZZLES.values() for wording in puzzle.prompts]
EACH_WORDING = pytest.mark.parametrize(("puzzle", "wording"), WORDINGS)
FIRST = {
    "maze": Board.of("#####\n#@ G#\n#####"),
    "flowfree": Board.of("A.A\n...\nB.B\n...\nD.D"),
    "sokoban": Board.of("#####\n#@$.#\n#####"),
    "fifteen": Board.of("%%%%\n%21%\n%.3%\n%%%%"),
}
NAMED = {
    "maze": {"agent", "goal", "floor", "wall"},
    "flowfree": {"flow", "colours"},
    "sokoban": {"agent", "box", "target", "wall", "stored"},
    "fifteen": {"stones", "tray", "hole"},
}
"""What a wording must name: the things on the board, and what becomes of them."""
RULES = {
    "maze": ("never|block", "cell"),
    "flowfree": (
        "every cell|no empty cells|no cell is empty|whole grid|whole board",
        "cross|pass through|share|takes? ",
    ),
    "sokoban": ("pull|pushing is all", "free|two|one box at a time"),
    "fifteen": (
        "[Oo]ne (square|by one)|Only a square|a neighbouring square",
        "1 at the top left|1 first|from top to bottom|in order from the top left",
    ),
}
"""The rules that a wording must tell, as patterns."""


def fields(wording: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(wording) if name}


def test_every_puzzle_has_four_wordings_or_more() -> None:
    assert [] == [puzzle.name for puzzle in PUZZLES.values() if len(set(puzzle.prompts)) < 4]


@EACH_WORDING
def test_a_wording_names_what_is_on_the_board_and_says_that_the_camera_is_static(puzzle: str, wording: str) -> None:
    assert NAMED[puzzle] <= fields(wording)
    assert puzzle != "flowfree" or not {"end", "ends"}.isdisjoint(fields(wording))
    assert re.search(r"static camera|camera (is|stays) static", wording, re.IGNORECASE)


@EACH_WORDING
def test_a_wording_tells_the_rules(puzzle: str, wording: str) -> None:
    assert [] == [rule for rule in RULES[puzzle] if not re.search(rule, wording)]


@EACH_SKIN
def test_a_prompt_is_whole_and_in_the_words_of_the_skin(skin: Skin) -> None:
    for wording in PUZZLES[skin.puzzle].prompts:
        prompt = skin.prompt([wording], FIRST[skin.puzzle], "any")

        assert {"{", "}"}.isdisjoint(prompt)
        assert [] == [name for name in fields(wording) - {"colours"} if skin.words[name] not in prompt]
        assert None is re.search(r"\b[Aa] [aeiou]|  |\.\.", prompt)
        assert len(prompt) < 600


def test_no_two_skins_of_a_puzzle_are_described_alike() -> None:
    for skins in SKINS.values():
        words = [tuple(skin.words.values()) + tuple(skin.colours.values()) for skin in skins.values()]

        assert len(words) == len(set(words))


def test_a_prompt_lists_the_colours_on_the_board() -> None:
    for wording in PUZZLES["flowfree"].prompts:
        assert "red, blue and yellow" in skin_of("flowfree").prompt([wording], FIRST["flowfree"], "any")


def test_an_id_chooses_its_wording_for_ever() -> None:
    """The wordings of the first ids of a tier; other numbers are another benchmark."""
    chosen = {
        puzzle: [rules.prompts.index(chosen_wording(puzzle, f"{puzzle}/easy/test/{index}")) for index in range(8)]
        for puzzle, rules in PUZZLES.items()
    }

    assert {
        "maze": [3, 1, 2, 4, 2, 2, 3, 1],
        "flowfree": [2, 3, 2, 1, 0, 3, 3, 0],
        "sokoban": [1, 3, 3, 1, 3, 3, 2, 3],
        "fifteen": [1, 4, 1, 2, 0, 4, 2, 0],
    } == chosen


def chosen_wording(puzzle: str, identity: str) -> str:
    """The wording that an id chooses, before its words are filled in."""
    skin = skin_of(puzzle)
    words = {name: f"{{{name}}}" for name in skin.words}
    bare = Skin("bare", puzzle, skin.background, skin.looks, words=words)
    wordings = [wording.replace("{colours}", "") for wording in PUZZLES[puzzle].prompts]
    return PUZZLES[puzzle].prompts[wordings.index(bare.prompt(wordings, FIRST[puzzle], identity))]


@pytest.mark.parametrize("puzzle", PUZZLES)
def test_every_wording_is_used_about_as_often_as_the_others(puzzle: str) -> None:
    counts = Counter(chosen_wording(puzzle, f"{puzzle}/hard/train/{index}") for index in range(1000))

    assert {*PUZZLES[puzzle].prompts} == {*counts}
    assert 150 < min(counts.values()) <= max(counts.values()) < 250
