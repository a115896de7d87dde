"""Cheats with what glides without a walker: doubled, gone, faded, exchanged, two at once, through and over each other.

Mild: for three frames or six, half seen, and back. Gross: for fifteen frames or to the end.
"""

from collections.abc import Iterator

import numpy as np

from puzzlereel.puzzles.board import STEPS, Board, Cell, distance
from puzzlereel.verifiers.redteam.filming import first_difference
from puzzlereel.verifiers.redteam.staging import (
    BRIEF,
    LONG,
    SHORT,
    WRONG_ADDED,
    WRONG_COUNT,
    WRONG_PLACE,
    Faked,
    Kind,
    Needs,
    Stage,
)


def _stones(stage: Stage, number: int) -> list[Cell]:
    """The cells of a board on which something stands."""
    board = stage.boards[number]
    return [cell for cell, glyph in board.items() if stage.scene.kind(glyph)]


def _hole(stage: Stage, number: int) -> Cell:
    hole: Cell = stage.boards[number].find(stage.scene.plain)[0]
    return hole


def _far_from_hole(stage: Stage, number: int) -> Cell | None:
    """A stone that no move can bring into the hole."""
    far = [cell for cell in _stones(stage, number) if distance(cell, _hole(stage, number)) > 1]
    return stage.scene.rng.choice(far) if far else None


def doubled_stone(stage: Stage, gross: bool) -> Faked | None:
    """A stone from elsewhere is in the hole as well, for three frames or fifteen."""
    board, cell = stage.boards[stage.middle], _far_from_hole(stage, stage.middle)
    if cell is None:
        return None
    after = board.put({_hole(stage, stage.middle): board[cell]})
    return stage.interrupted(stage.middle, after, LONG if gross else BRIEF)


def ghost_stone(stage: Stage, gross: bool) -> Faked | None:
    """Half of a stone from elsewhere is seen in the hole, for six frames; grossly, four fifths, for fifteen."""
    board, cell = stage.boards[stage.middle], _far_from_hole(stage, stage.middle)
    if cell is None:
        return None
    (full,) = stage.filmed([board.put({_hole(stage, stage.middle): board[cell]})]).frames[:1]
    bare, share = stage.resting(stage.middle, 1)[0].astype(np.float32), 0.8 if gross else 0.5
    mixed = np.rint((1 - share) * bare + share * full).astype(np.uint8)
    return stage.painted(stage.middle, [mixed] * (LONG if gross else SHORT))


def _fading(stage: Stage, length: int, opacity: float) -> Faked | None:
    kind = stage.scene.rng.choice(stage.scene.kinds)

    def without(board: Board) -> Board:
        (cell,) = stage.scene.find(board, kind)
        return board.put({cell: stage.scene.plain})

    return stage.amended(without, *stage.window(length), opacity)


def vanished_stone(stage: Stage, gross: bool) -> Faked | None:
    """A stone is not seen for three frames, grossly for fifteen."""
    return _fading(stage, LONG if gross else BRIEF, 1.0)


def faded_stone(stage: Stage, gross: bool) -> Faked | None:
    """Two fifths of a stone are left for six frames, grossly one fifth for fifteen."""
    return _fading(stage, LONG if gross else SHORT, 0.8 if gross else 0.6)


def exchanged_stones(stage: Stage, gross: bool) -> Faked | None:
    """Two stones have changed places, for three frames; grossly, from the middle to the end."""
    one, other = stage.scene.rng.sample(stage.scene.kinds, 2)

    def exchanged(board: Board) -> Board:
        (here,), (there,) = stage.scene.find(board, one), stage.scene.find(board, other)
        return board.put({here: board[there], there: board[here]})

    return stage.amended(exchanged, *stage.window(len(stage.frames) if gross else BRIEF))


def _lines(stage: Stage) -> Iterator[tuple[int, Cell, Cell]]:
    """The boards in which two stones and the hole stand in a line: the far stone, and the one beside the hole."""
    for number in range(stage.count - 1):
        (row, column), stones = _hole(stage, number), _stones(stage, number)
        for down, right in STEPS.values():
            near, far = (row + down, column + right), (row + 2 * down, column + 2 * right)
            if near in stones and far in stones:
                yield number, far, near


def _phases(gross: bool) -> list[float]:
    """How far something goes in each frame: all the way, and back, or not."""
    there: list[float] = np.linspace(0, 1, SHORT + 1)[1:].tolist()
    return there + [1.0] * BRIEF + (there[-2::-1] if not gross else [1.0] * LONG)


def over_a_stone(stage: Stage, gross: bool) -> Faked | None:
    """A stone glides over another one into the hole, and back; grossly, it stays there for fifteen frames."""
    places = list(_lines(stage))
    if not places:
        return None
    number, far, _ = stage.scene.rng.choice(places)
    kind = stage.scene.kind(stage.boards[number][far])
    line = [(kind, far, _hole(stage, number), phase) for phase in _phases(gross)]
    return stage.painted(number, stage.strayed(number, line, [far]))


def around_a_corner(stage: Stage, gross: bool) -> Faked | None:
    """A stone glides into the hole from a corner of it, and back; grossly, it stays there for fifteen frames."""
    (row, column), number = _hole(stage, stage.middle), stage.middle
    corners = [cell for cell in _stones(stage, number) if abs(cell[0] - row) == abs(cell[1] - column) == 1]
    if not corners:
        return None
    cell = stage.scene.rng.choice(corners)
    kind = stage.scene.kind(stage.boards[number][cell])
    line = [(kind, cell, (row, column), phase) for phase in _phases(gross)]
    return stage.painted(number, stage.strayed(number, line, [cell]))


def two_at_once(stage: Stage, gross: bool) -> Faked | None:
    """Two stones in a line move together by one cell, and back; grossly, they stay there for fifteen frames."""
    places = list(_lines(stage))
    if not places:
        return None
    number, far, near = stage.scene.rng.choice(places)
    board, hole, pictures = stage.boards[number], _hole(stage, number), []
    for phase in _phases(gross):
        pictures += stage.strayed(number, [(stage.scene.kind(board[far]), far, near, phase)], [far, near])
        stage.put_sprite(pictures[-1], stage.scene.kind(board[near]), near, hole, phase)
    return stage.painted(number, pictures)


def melted_together(stage: Stage, gross: bool) -> Faked | None:
    """Two moves that follow each other are faded at once, in six frames; grossly, four moves are."""
    count = 4 if gross else 2
    if stage.count < count + 2:
        return None
    first = stage.scene.rng.randrange(stage.count - count)
    before, after = (stage.resting(number, 1)[0].astype(np.float32) for number in (first, first + count))
    shares = np.linspace(0, 1, SHORT + 2)[1:-1].tolist()
    begin = stage.up_to(first)
    pictures = np.stack([np.rint((1 - share) * before + share * after).astype(np.uint8) for share in shares])
    faked = stage.spliced([begin, pictures, stage.onwards(first + count)], len(begin))
    return None if first_difference(faked.film.frames, stage.frames) is None else faked


STONES = (
    Kind(doubled_stone, WRONG_ADDED | WRONG_PLACE, Needs.STONES),
    Kind(ghost_stone, WRONG_ADDED | WRONG_PLACE, Needs.STONES),
    Kind(vanished_stone, WRONG_COUNT | WRONG_PLACE, Needs.STONES),
    Kind(faded_stone, WRONG_COUNT | WRONG_PLACE, Needs.STONES),
    Kind(exchanged_stones, WRONG_PLACE | WRONG_COUNT, Needs.STONES),
    Kind(over_a_stone, WRONG_PLACE | WRONG_COUNT, Needs.STONES),
    Kind(around_a_corner, WRONG_PLACE | WRONG_COUNT, Needs.STONES),
    Kind(two_at_once, WRONG_PLACE | WRONG_COUNT, Needs.STONES),
    Kind(melted_together, WRONG_PLACE | WRONG_COUNT, Needs.STONES),
)
