"""Cheats with what must stand still: walls, goals, targets and ends that fade, go, come or move.

Mild: half faded for six frames, one cell, as little as it takes. Gross: gone, for fifteen frames or to the end.
"""

import numpy as np

from puzzlereel.puzzles.board import Board, Cell, neighbours
from puzzlereel.puzzles.core import BadLevel, GaveUp, Reason
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.verifiers.redteam.filming import first_difference
from puzzlereel.verifiers.redteam.staging import (
    BRIEF,
    ILLEGIBLE,
    LONG,
    SHORT,
    SKIPPED,
    WRONG_COUNT,
    WRONG_PLACE,
    WRONG_SCENERY,
    Faked,
    Kind,
    Needs,
    Stage,
    mixture,
)

CHANGED = WRONG_SCENERY | {Reason.OVERWRITTEN, Reason.VANISHED, Reason.APPEARED, Reason.STRAY}
MOST_NODES = 200_000
"""How long the solver may look for a shorter way."""


def still_cells(stage: Stage) -> list[Cell]:
    """The cells that never change and are not plain, inside of the board if there are any there.

    What may glide by itself is none, even where it never does.
    """
    first, scene = stage.boards[0], stage.scene
    still = [
        cell
        for cell, glyph in first.items()
        if glyph != scene.plain and not (scene.is_loose and scene.kind(glyph))
        if all(board[cell] == glyph for board in stage.boards)
    ]
    inner = [cell for cell in still if all(near in first for near in neighbours(cell))]
    return inner or still


def _erased(stage: Stage, cells: list[Cell], length: int, opacity: float) -> Faked | None:
    """Some cells become plain, as far as the opacity says, in the middle of the film."""
    if not cells:
        return None
    scene, first = stage.scene, stage.boards[0]

    def erased(board: Board) -> Board:
        """What has come to stand on a cell since the first board stays."""
        stays = {cell: scene.kind(board[cell]) for cell in cells if board[cell] != first[cell]}
        return board.put({cell: scene.dressed(stays[cell]) if stays.get(cell) else scene.plain for cell in cells})

    return stage.amended(erased, *stage.window(length), opacity)


def scenery_erased(stage: Stage, gross: bool) -> Faked | None:
    """One still cell is plain for three frames; grossly, from the middle to the end."""
    cells = still_cells(stage)
    chosen = [stage.scene.rng.choice(cells)] if cells else []
    return _erased(stage, chosen, len(stage.frames) if gross else BRIEF, 1.0)


def scenery_faded(stage: Stage, gross: bool) -> Faked | None:
    """One still cell is half faded for six frames; grossly, four fifths for fifteen."""
    cells = still_cells(stage)
    chosen = [stage.scene.rng.choice(cells)] if cells else []
    return _erased(stage, chosen, LONG if gross else SHORT, 0.8 if gross else 0.5)


def scenery_melted(stage: Stage, gross: bool) -> Faked | None:
    """All still cells inside of the board are half faded for six frames; grossly, gone for fifteen."""
    return _erased(stage, still_cells(stage), LONG if gross else SHORT, 1.0 if gross else 0.5)


def scenery_crept(stage: Stage, gross: bool) -> Faked | None:
    """One still cell fades so slowly that no two frames differ much: by half until the end, grossly altogether."""
    cells = still_cells(stage)
    erased = _erased(stage, [stage.scene.rng.choice(cells)], len(stage.frames), 1.0) if cells else None
    if erased is None:
        return None
    frames = stage.frames.copy()
    opacities = np.linspace(0, 1.0 if gross else 0.5, len(frames) - erased.since)
    for t, opacity in enumerate(opacities.tolist(), start=erased.since):
        frames[t] = mixture(frames[t : t + 1], erased.film.frames[t : t + 1], opacity)[0]
    since = first_difference(frames, stage.frames)
    return None if since is None else Faked(stage.film.but(frames), since)


def _free(stage: Stage, lengths: tuple[int, ...]) -> tuple[set[Cell], int]:
    """The cells that stay plain in the middle of the film, and for how long: for the first of some lengths in which
    there are any."""
    cells: set[Cell] = set()
    for length in lengths:
        begin, end = stage.window(length)
        numbers = range(int(stage.film.clock[begin]), int(np.ceil(stage.film.clock[end - 1])) + 1)
        first, *rest = (set(stage.boards[number].find(stage.scene.plain)) for number in numbers)
        if cells := first.intersection(*rest):
            return cells, length
    return cells, 0


def scenery_moved(stage: Stage, gross: bool) -> Faked | None:
    """One still cell changes places with a plain one beside it, for six frames; grossly, for fifteen or to the end."""
    free, length = _free(stage, (len(stage.frames), LONG) if gross else (SHORT,))
    pairs = [(cell, near) for cell in still_cells(stage) for near in neighbours(cell) if near in free]
    if not pairs:
        return None
    cell, near = stage.scene.rng.choice(pairs)
    glyphs = {cell: stage.scene.plain, near: stage.boards[0][cell]}
    return stage.amended(lambda board: board.put(glyphs), *stage.window(length))


def scenery_slid(stage: Stage, gross: bool) -> Faked | None:
    """One still cell glides half a cell onto a plain one beside it, in twelve frames, and back; grossly, all the way,
    and it stays there."""
    free, _ = _free(stage, (len(stage.frames), LONG))
    pairs = [(cell, near) for cell in still_cells(stage) for near in neighbours(cell) if near in free]
    if not pairs or stage.at(stage.middle) + 24 > len(stage.frames):
        return None
    (row, column), (to_row, to_column) = stage.scene.rng.choice(pairs)
    begin, px = stage.at(stage.middle), stage.layout.px
    way = np.concatenate(
        [np.arange(1, 13) / 12, np.ones(len(stage.frames) - begin) if gross else np.arange(11, 0, -1) / 12]
    )
    plain = stage.filmed([stage.boards[0].put({(row, column): stage.scene.plain})]).frames[0]
    frames, (top, left) = stage.frames.copy(), stage.layout.corner((row, column))
    tile = stage.frames[0, top : top + px, left : left + px]
    for t, share in enumerate(way.tolist()[: len(frames) - begin], start=begin):
        frames[t, top : top + px, left : left + px] = plain[top : top + px, left : left + px]
        off = round((1.0 if gross else 0.5) * share * px)
        down, right = top + off * (to_row - row), left + off * (to_column - column)
        frames[t, down : down + px, right : right + px] = tile
    since = first_difference(frames, stage.frames)
    return None if since is None else Faked(stage.film.but(frames), since)


def scenery_added(stage: Stage, gross: bool) -> Faked | None:
    """A plain cell looks like a still one for three frames; grossly, for fifteen or to the end."""
    free, length = _free(stage, (len(stage.frames), LONG) if gross else (BRIEF,))
    still = still_cells(stage)
    if not free or not still:
        return None
    glyphs = {stage.scene.rng.choice(sorted(free)): stage.boards[0][stage.scene.rng.choice(still)]}
    return stage.amended(lambda board: board.put(glyphs), *stage.window(length))


def _grounds(stage: Stage) -> list[Cell]:
    """The cells of the ground that a walker or a box may stand on and that is not plain: goals and targets."""
    board, scene = stage.boards[0], stage.scene
    entered = {scene.bare(glyph) for each in stage.boards for _, glyph in each.items() if scene.kind(glyph)}
    special = entered - {scene.plain} if scene.gliding else set()
    return [cell for cell, glyph in board.items() if glyph != stage.wall and scene.bare(glyph) in special]


def finish_erased(stage: Stage, gross: bool) -> Faked | None:
    """The goal or a target is plain for three frames; grossly, all of them are, from the middle to the end."""
    before, now = stage.boards[0], stage.boards[stage.middle]
    cells = [cell for cell in _grounds(stage) if now[cell] == before[cell] and not stage.scene.kind(now[cell])]
    return _erased(stage, cells if gross else cells[:1], len(stage.frames) if gross else BRIEF, 1.0)


def _standing(stage: Stage, cell: Cell, board: Board, kind: str) -> str | None:
    """The glyph of a sprite of a kind on the ground that a cell of the board has."""
    skin, bare = stage.script.skin, stage.scene.bare(board[cell])
    names = [name for name, look in skin.looks.items() if look.kind == kind and stage.scene.bare(name) == bare]
    return names[0] if names else None


def finish_brought(stage: Stage, gross: bool) -> Faked | None:
    """The goal comes to the walker, or a target to the box that is not home; grossly, early and all of them.

    Where there is one goal, the walker has a move left, or grossly, half of them.
    """
    scene, grounds = stage.scene, _grounds(stage)
    kind = scene.other_kind or scene.walker
    if not grounds:
        return None
    first = stage.middle if gross else max(1, stage.count - 3)
    board = stage.boards[first]
    away = [cell for cell in scene.find(board, kind) if scene.bare(board[cell]) == scene.plain]
    empty = [cell for cell in grounds if not scene.kind(board[cell])]
    home = _standing(stage, grounds[0], stage.boards[0], kind)
    if not away or len(away) != len(empty) or home is None:
        return None
    after = board.put({**dict.fromkeys(empty, scene.plain), **dict.fromkeys(away, home)})
    return stage.told([*stage.boards[: first + 1], after], first + 1)


def another_plan(stage: Stage, gross: bool) -> Faked | None:
    """The film solves the level with one wall less, which opens a shorter way; only the first board is the level's.

    Mildly, the wall is there until the walker is beside it.
    """
    shorter = _shorter(stage)
    if shorter is None:
        return None
    wall, boards = shorter
    entered = (number for number, board in enumerate(boards) if board[wall] != stage.scene.plain)
    opens = 1 if gross else next(entered, 0) - 1
    if opens < 1:
        return None
    walled = [board.put({wall: stage.wall}) for board in boards]
    film = stage.filmed([*walled[:opens], *boards[opens:]])
    since = first_difference(film.frames, stage.filmed(walled).frames)
    return None if since is None else Faked(film, since)


def _shorter(stage: Stage) -> tuple[Cell, list[Board]] | None:
    """A wall without which there is a shorter solution, and the boards of that."""
    puzzle, level = PUZZLES[stage.script.skin.puzzle], stage.scene.trajectory.level
    first = level.board(level.start())
    rows, columns = first.shape
    inner = [(r, c) for r in range(1, rows - 1) for c in range(1, columns - 1) if first[r, c] == stage.wall]
    stage.scene.rng.shuffle(inner)
    for wall in inner[:12] if stage.scene.walker else ():
        try:
            other = puzzle.parse(str(first.put({wall: stage.scene.plain})))
            way = puzzle.solve(other, nodes=MOST_NODES).trajectory
        except (BadLevel, GaveUp):
            continue
        if way is not None and 3 <= len(way.moves) < stage.count - 1:
            return wall, list(way.boards)
    return None


def behind_a_patch(stage: Stage, gross: bool) -> Faked | None:
    """A grey patch hides the walker, or where flows grow, while two moves are left out; grossly, half of the way."""
    if (gap := stage.gap(2, wide=gross)) is None:
        return None
    first, last = gap
    changed = stage.boards[first].differences(stage.boards[last])
    top, left = (min(cell[side] for cell in changed) for side in (0, 1))
    bottom, right = (max(cell[side] for cell in changed) + 1 for side in (0, 1))
    (upper, near), (lower, far) = stage.layout.corner((top, left)), stage.layout.corner((bottom, right))
    pictures = np.concatenate([stage.resting(first, SHORT // 2), stage.resting(last, SHORT // 2)])
    pictures[:, upper:lower, near:far] = 128
    begin = stage.up_to(first)
    return stage.spliced([begin, pictures, stage.onwards(last)], len(begin))


SCENERY = (
    Kind(scenery_erased, CHANGED),
    Kind(scenery_faded, CHANGED),
    Kind(scenery_melted, CHANGED | ILLEGIBLE),
    Kind(scenery_crept, CHANGED),
    Kind(scenery_slid, CHANGED | WRONG_PLACE),
    Kind(scenery_moved, CHANGED | WRONG_PLACE),
    Kind(scenery_added, CHANGED | WRONG_PLACE),
    Kind(finish_erased, CHANGED, Needs.WALKER),
    Kind(finish_brought, CHANGED | WRONG_PLACE | WRONG_COUNT, Needs.WALKER),
    Kind(another_plan, CHANGED | SKIPPED, Needs.WALKER),
    Kind(behind_a_patch, CHANGED | ILLEGIBLE | SKIPPED),
)
