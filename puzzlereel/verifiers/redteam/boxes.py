"""Cheats with what only the walker may move: doubled, gone, faded, moved by nobody, through each other.

Mild: for three frames or six, half seen, by half a cell. Gross: for fifteen frames or to the end.
"""

from collections.abc import Callable

import numpy as np

from puzzlereel.puzzles.board import Board, Cell, distance, neighbours
from puzzlereel.puzzles.core import Reason
from puzzlereel.renderers.draw import Frame
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


def doubled_other(stage: Stage, gross: bool) -> Faked | None:
    """One box more stands somewhere for three frames, grossly for fifteen."""
    return stage.added(stage.scene.other_kind, LONG if gross else BRIEF)


def ghost_other(stage: Stage, gross: bool) -> Faked | None:
    """One box more, of half opacity, is there from the middle to the end, grossly of four fifths."""
    return stage.added(stage.scene.other_kind, len(stage.frames), 0.8 if gross else 0.5)


def _removed(stage: Stage, length: int, opacity: float) -> Faked | None:
    kind = stage.scene.other_kind

    def without(board: Board) -> Board:
        cell = stage.scene.find(board, kind)[-1]
        return board.put({cell: stage.scene.bare(board[cell])})

    return stage.amended(without, *stage.window(length), opacity) if kind else None


def vanished_other(stage: Stage, gross: bool) -> Faked | None:
    """A box is not seen for three frames, grossly for fifteen."""
    return _removed(stage, LONG if gross else BRIEF, 1.0)


def faded_other(stage: Stage, gross: bool) -> Faked | None:
    """Two fifths of a box are left for six frames, grossly one fifth for fifteen."""
    return _removed(stage, LONG if gross else SHORT, 0.8 if gross else 0.6)


def _out_and_back(gross: bool) -> list[float]:
    """How far something goes in each frame: half of a cell, or a whole one, and back."""
    deep = 1.0 if gross else 0.5
    return [deep / 2] + [deep] * (LONG if gross else BRIEF) + [deep / 2]


def nudged(stage: Stage, gross: bool) -> Faked | None:
    """A box goes half of a cell by itself, and back; grossly, a whole cell."""
    for number in range(stage.count if stage.scene.other_kind else 0):
        board = stage.boards[number]
        for box in stage.scene.find(board, stage.scene.other_kind):
            free = [near for near in neighbours(box) if near in board and board[near] == stage.scene.plain]
            if free and distance(stage.walker(number), box) > 1:
                line = [(stage.scene.other_kind, box, free[0], phase) for phase in _out_and_back(gross)]
                return stage.painted(number, stage.strayed(number, line, [box]))
    return None


def pulled(stage: Stage, gross: bool) -> Faked | None:
    """The walker steps away from a box, which follows, and both stay there for three frames or fifteen."""
    scene = stage.scene
    for number, board in enumerate(stage.boards if scene.other_kind else ()):
        walker = stage.walker(number)
        for box in scene.find(board, scene.other_kind):
            away = (2 * walker[0] - box[0], 2 * walker[1] - box[1])
            if distance(walker, box) > 1 or away not in board:
                continue
            if board[away] == scene.plain and scene.bare(board[walker]) == scene.plain:
                sprites = {walker: scene.dressed(scene.other_kind), away: scene.dressed(scene.walker)}
                after = board.put({box: scene.bare(board[box]), **sprites})
                return stage.interrupted(number, after, LONG if gross else BRIEF)
    return None


def home_alone(stage: Stage, gross: bool) -> Faked | None:
    """The last push is made by nobody: the walker stays where it is; grossly, all boxes go home from the middle on."""
    scene, kind = stage.scene, stage.scene.other_kind
    if not kind or scene.find(stage.boards[-2], kind) == scene.find(stage.boards[-1], kind):
        return None
    first = stage.middle if gross else stage.count - 2
    here, there, last = stage.walker(first), stage.walker(stage.count - 1), stage.boards[-1]
    if scene.kind(last[here]) == kind:
        return None
    after = last.put({there: scene.bare(last[there])}).put({here: stage.boards[first][here]})
    return stage.told([*stage.boards[: first + 1], after], first + 1)


def through_each_other(stage: Stage, gross: bool) -> Faked | None:
    """Two boxes glide through each other and change places, in six frames or fifteen."""
    number, kind = stage.middle, stage.scene.other_kind
    boxes = stage.scene.find(stage.boards[number], kind) if kind else []
    if len(boxes) < 2:
        return None
    pairs = [(one, other) for one in boxes for other in boxes if one < other]
    one, other = min(pairs, key=lambda pair: distance(*pair))
    pictures = []
    for phase in np.linspace(0, 1, (LONG if gross else SHORT) + 2)[1:-1].tolist():
        (picture,) = stage.strayed(number, [(kind, one, other, phase)], [one, other])
        stage.put_sprite(picture, kind, other, one, phase)
        pictures.append(picture)
    return stage.painted(number, pictures)


def _beside_box(stage: Stage, wanted: Callable[[Board, Cell], bool]) -> tuple[int, Cell, Cell] | None:
    """A board in which the cell behind a box beside the walker will do, the box, and that cell."""
    for number in range(stage.count - 1 if stage.scene.other_kind else 0):
        board, (row, column) = stage.boards[number], stage.walker(number)
        for box in stage.scene.find(board, stage.scene.other_kind):
            behind = (2 * box[0] - row, 2 * box[1] - column)
            if distance((row, column), box) == 1 and behind in board and wanted(board, behind):
                return number, box, behind
    return None


def walked_through(stage: Stage, gross: bool) -> Faked | None:
    """The walker goes over a box and back; grossly, to the cell behind it and back."""
    place = _beside_box(stage, lambda board, cell: board[cell] == stage.scene.plain)
    if place is None:
        return None
    number, box, behind = place
    here, there = stage.walker(number), behind if gross else box
    phases = np.concatenate([np.linspace(0, 1, 5)[1:], [1.0] * BRIEF, np.linspace(1, 0, 5)[1:-1]]).tolist()
    line = [(stage.scene.walker, here, there, phase) for phase in phases]
    return stage.painted(number, stage.strayed(number, line, [here]))


def pushed_onto(stage: Stage, gross: bool) -> Faked | None:
    """A box is pushed half into a wall or another box, and springs back; grossly, all the way."""

    def blocked(board: Board, cell: Cell) -> bool:
        return board[cell] == stage.wall or stage.scene.kind(board[cell]) == stage.scene.other_kind

    place = _beside_box(stage, blocked)
    if place is None:
        return None
    number, box, behind = place
    here = stage.walker(number)
    pictures: list[Frame] = []
    for phase in _out_and_back(gross):
        pictures += stage.strayed(number, [(stage.scene.other_kind, box, behind, phase)], [here, box])
        stage.put_sprite(pictures[-1], stage.scene.walker, here, box, phase)
    return stage.painted(number, pictures)


def two_pushed(stage: Stage, gross: bool) -> Faked | None:
    """With a pushed box another one moves, too, and is back after three frames or fifteen."""
    scene, kind = stage.scene, stage.scene.other_kind
    for number in range(stage.count - 1 if kind else 0):
        before, after = stage.boards[number], stage.boards[number + 1]
        left, come = (set(scene.find(one, kind)) - set(scene.find(two, kind)) for one, two in _both_ways(before, after))
        if not come:
            continue
        (row, column), (to_row, to_column) = left.pop(), come.pop()
        for other in set(scene.find(before, kind)) & set(scene.find(after, kind)):
            beyond = other[0] + to_row - row, other[1] + to_column - column
            if beyond in after and after[beyond] == before[beyond] == scene.plain:
                wrong = after.put({other: scene.bare(after[other]), beyond: scene.dressed(kind)})
                return stage.interrupted(number, wrong, LONG if gross else BRIEF)
    return None


def _both_ways(before: Board, after: Board) -> tuple[tuple[Board, Board], tuple[Board, Board]]:
    return (before, after), (after, before)


def exchanged(stage: Stage, gross: bool) -> Faked | None:
    """The walker and the box beside it have changed places, for three frames or fifteen."""
    place = _beside_box(stage, lambda board, cell: True)
    if place is None:
        return None
    number, box, _ = place
    here, board, scene = stage.walker(number), stage.boards[number], stage.scene
    if {scene.bare(board[here]), scene.bare(board[box])} != {scene.plain}:
        return None
    wrong = board.put({here: scene.dressed(scene.other_kind), box: scene.dressed(scene.walker)})
    return stage.interrupted(number, wrong, LONG if gross else BRIEF)


BOXES = (
    Kind(doubled_other, WRONG_ADDED, Needs.BOXES),
    Kind(ghost_other, WRONG_ADDED, Needs.BOXES),
    Kind(vanished_other, WRONG_COUNT, Needs.BOXES),
    Kind(faded_other, WRONG_COUNT | WRONG_PLACE, Needs.BOXES),
    Kind(nudged, WRONG_PLACE | WRONG_COUNT, Needs.BOXES),
    Kind(pulled, WRONG_PLACE, Needs.BOXES),
    Kind(home_alone, WRONG_PLACE | WRONG_COUNT, Needs.BOXES),
    Kind(through_each_other, WRONG_PLACE | WRONG_COUNT, Needs.BOXES),
    Kind(walked_through, WRONG_PLACE | WRONG_COUNT, Needs.BOXES),
    Kind(two_pushed, WRONG_PLACE | WRONG_COUNT, Needs.BOXES),
    Kind(exchanged, WRONG_PLACE | WRONG_COUNT, Needs.BOXES),
    Kind(pushed_onto, WRONG_PLACE | WRONG_COUNT | {Reason.SCENERY}, Needs.BOXES),
)
