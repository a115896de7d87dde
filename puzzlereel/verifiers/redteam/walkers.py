"""Cheats with the walker: doubled, gone, faded, through walls and around corners.

Mild: for three frames or six, half seen, by half a cell, past one wall. Gross: for fifteen frames or to the end.
"""

from dataclasses import replace

import numpy as np

from puzzlereel.puzzles.board import Cell, distance, neighbours
from puzzlereel.puzzles.core import Reason
from puzzlereel.verifiers.redteam.staging import (
    BRIEF,
    LONG,
    SHORT,
    SKIPPED,
    WRONG_ADDED,
    WRONG_COUNT,
    WRONG_PLACE,
    Faked,
    Kind,
    Needs,
    Stage,
)


def doubled_walker(stage: Stage, gross: bool) -> Faked | None:
    """A second walker stands somewhere for three frames, grossly for fifteen."""
    return stage.added(stage.scene.walker, LONG if gross else BRIEF)


def ghost_walker(stage: Stage, gross: bool) -> Faked | None:
    """A second walker of half opacity is there from the middle to the end, grossly of four fifths."""
    return stage.added(stage.scene.walker, len(stage.frames), 0.8 if gross else 0.5)


def strobing_walker(stage: Stage, gross: bool) -> Faked | None:
    """A second walker stands somewhere in every fourth frame of a stretch of twenty; grossly, in every second one."""
    added = stage.added(stage.scene.walker, 20)
    if added is None:
        return None
    begin, end = stage.window(20)
    frames = stage.frames.copy()
    shown = slice(begin, end, 2 if gross else 4)
    frames[shown] = added.film.frames[shown]
    return Faked(stage.film.but(frames), begin)


def cloned_and_merged(stage: Stage, gross: bool) -> Faked | None:
    """The walker leaves a copy of itself behind, for three frames or a move, grossly for four; then it is gone."""
    first = stage.middle
    last = min(first + (4 if gross else -(-BRIEF // stage.hold)), stage.count - 2)
    if not stage.scene.walker or last <= first:
        return None
    left, glyph, plain = stage.walker(first), stage.scene.dressed(stage.scene.walker), stage.scene.plain
    if any(stage.boards[number][left] != plain for number in range(first + 1, last + 1)):
        return None
    boards = [
        board.put({left: glyph}) if first < number <= last else board for number, board in enumerate(stage.boards)
    ]
    return stage.told(boards, first + 1)


def _invisible(stage: Stage, length: int, opacity: float) -> Faked | None:
    """The walker is less to be seen, or not at all, in the middle of the film."""
    kind, skin = stage.scene.walker, stage.script.skin
    if not kind:
        return None
    looks, trailed = (
        {glyph: replace(look, sprite=()) if look.kind == kind else look for glyph, look in some.items()}
        for some in (skin.looks, skin.trailed)
    )
    without = stage.script._replace(skin=replace(skin, looks=looks, trailed=trailed)).film()
    return stage.blended(without.frames, *stage.window(length), opacity)


def vanished_walker(stage: Stage, gross: bool) -> Faked | None:
    """The walker is not seen for three frames, grossly for fifteen."""
    return _invisible(stage, LONG if gross else BRIEF, 1.0)


def faded_walker(stage: Stage, gross: bool) -> Faked | None:
    """Two fifths of the walker are left for six frames, grossly one fifth for fifteen."""
    return _invisible(stage, LONG if gross else SHORT, 0.8 if gross else 0.6)


def gone_and_elsewhere(stage: Stage, gross: bool) -> Faked | None:
    """The walker is not seen for three frames and comes back two moves later; grossly, fifteen frames, half the way."""
    gap = stage.gap(2, wide=gross) if stage.scene.walker else None
    if gap is None:
        return None
    first, last = gap
    empty = stage.bared(first, [stage.walker(first)])[None]
    begin = stage.up_to(first)
    return stage.spliced([begin, np.repeat(empty, LONG if gross else BRIEF, axis=0), stage.onwards(last)], len(begin))


def _beside_walls(stage: Stage) -> list[tuple[int, Cell, Cell]]:
    """The boards in which the walker stands beside a wall, its cell, and the wall."""
    found = []
    for number in range(stage.count - 1 if stage.scene.walker else 0):
        cell, board = stage.walker(number), stage.boards[number]
        found += [(number, cell, near) for near in neighbours(cell) if near in board and board[near] == stage.wall]
    return found


def into_the_wall(stage: Stage, gross: bool) -> Faked | None:
    """The walker goes half of a cell into a wall, which can be seen behind it, and back; grossly, all of it."""
    places = _beside_walls(stage)
    if not places:
        return None
    number, cell, wall = stage.scene.rng.choice(places)
    deep = 1.0 if gross else 0.5
    phases = [deep / 2] + [deep] * (LONG if gross else BRIEF) + [deep / 2]
    line = [(stage.scene.walker, cell, wall, phase) for phase in phases]
    return stage.painted(number, stage.strayed(number, line, [cell]))


def in_place_of_a_wall(stage: Stage, gross: bool) -> Faked | None:
    """The walker stands where a wall was, for three frames or fifteen."""
    places = _beside_walls(stage)
    if not places:
        return None
    number, cell, wall = stage.scene.rng.choice(places)
    board = stage.boards[number]
    inside = board.put({cell: stage.scene.bare(board[cell]), wall: stage.scene.dressed(stage.scene.walker)})
    return stage.interrupted(number, inside, LONG if gross else BRIEF)


def through_the_wall(stage: Stage, gross: bool) -> Faked | None:
    """The walker glides straight through a wall to a cell of its way behind it; grossly, from the start to the goal."""
    if not stage.scene.walker or stage.scene.other_kind:
        return None
    first, last = (0, stage.count - 1) if gross else _behind_one_wall(stage)
    here, there = stage.walker(first), stage.walker(last)
    if first == last or distance(here, there) < 2 or not _crosses(stage, here, there):
        return None
    steps = np.linspace(0, 1, max(4, 2 * distance(here, there)) + 1)[1:-1].tolist()
    pictures = stage.strayed(first, [(stage.scene.walker, here, there, phase) for phase in steps], [here])
    begin = stage.up_to(first)
    return stage.spliced([begin, np.stack(pictures), stage.onwards(last)], len(begin))


def _behind_one_wall(stage: Stage) -> tuple[int, int]:
    """Two boards, more than two moves apart, in which the walker stands on either side of one cell; 0, 0 without."""
    for first in range(stage.count):
        for last in range(first + 3, stage.count):
            (row, column), (to_row, to_column) = stage.walker(first), stage.walker(last)
            if abs(row - to_row) + abs(column - to_column) == 2 and (row == to_row or column == to_column):
                return first, last
    return 0, 0


def _crosses(stage: Stage, here: Cell, there: Cell) -> bool:
    """Whether a straight line between the middles of two cells goes through a wall."""
    (row, column), (to_row, to_column) = here, there
    steps = np.linspace(0, 1, 4 * distance(here, there) + 1).tolist()
    places = {(round(row + step * (to_row - row)), round(column + step * (to_column - column))) for step in steps}
    return any(stage.boards[0][place] == stage.wall for place in places)


def corner_cut(stage: Stage, gross: bool) -> Faked | None:
    """The walker glides straight from the cell before a corner to the one behind it; grossly, at every corner."""
    corners = _corners(stage)
    if not corners or 2 * stage.hold <= BRIEF:
        return None
    frames, length = stage.frames.copy(), 2 * stage.hold
    for number in corners if gross else corners[:1]:
        here, there = stage.walker(number), stage.walker(number + 2)
        line = [(stage.scene.walker, here, there, late / length) for late in range(1, length)]
        begin = stage.at(number) + 1
        frames[begin : begin + length - 1] = np.stack(stage.strayed(number, line, [here]))
    return stage.spliced([frames], stage.at(corners[0]) + 1)


def _corners(stage: Stage) -> list[int]:
    """The boards before the corners of the way, where nothing but the walker moves; no two share a move."""
    corners: list[int] = []
    for number in range(stage.count - 2 if stage.scene.walker else 0):
        (row, column), (to_row, to_column) = stage.walker(number), stage.walker(number + 2)
        turns = abs(row - to_row) == 1 and abs(column - to_column) == 1
        boxes = {tuple(stage.scene.find(board, stage.scene.other_kind)) for board in stage.boards[number : number + 3]}
        if turns and (len(boxes) == 1 or not stage.scene.other_kind) and number >= (corners or [-2])[-1] + 2:
            corners.append(number)
    return corners


WALKERS = (
    Kind(doubled_walker, WRONG_ADDED, Needs.WALKER),
    Kind(ghost_walker, WRONG_ADDED, Needs.WALKER),
    Kind(strobing_walker, WRONG_ADDED, Needs.WALKER),
    Kind(cloned_and_merged, WRONG_ADDED | WRONG_PLACE, Needs.WALKER),
    Kind(vanished_walker, WRONG_COUNT, Needs.WALKER),
    Kind(faded_walker, WRONG_COUNT | WRONG_PLACE, Needs.WALKER),
    Kind(gone_and_elsewhere, SKIPPED, Needs.WALKER),
    Kind(into_the_wall, WRONG_PLACE | WRONG_COUNT, Needs.WALKER),
    Kind(in_place_of_a_wall, WRONG_PLACE | WRONG_COUNT | {Reason.SCENERY}, Needs.WALKER),
    Kind(through_the_wall, SKIPPED, Needs.LONE_WALKER),
    Kind(corner_cut, SKIPPED, Needs.WALKER),
)
