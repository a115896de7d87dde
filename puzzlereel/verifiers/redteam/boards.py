"""Cheats told as boards, made from an honest solution, each with the reasons for which it must be refused.

A cheat is a row of boards, lawful up to one moment. It is made from what moves in the solution and how the skin shows
it, not from a puzzle's name: sprites that glide (the walker, who moves in every move, and others, as boxes) or that
grow (flows), plain cells on which they do so, and scenery, which is the same on every board.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from puzzlereel.puzzles.board import Board, Cell, distance, neighbours
from puzzlereel.puzzles.core import Reason
from puzzlereel.renderers.film import Timing, Video, film_boards
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import Look
from puzzlereel.verifiers.scene import Boards, Scene


@dataclass(frozen=True)
class Cheat:
    name: str
    video: Video
    reasons: frozenset[Reason]
    """One of these must be the reason of the first fault."""


def teleport(scene: Scene) -> Boards | None:
    """The middle of the way is left out."""
    first = scene.middle // 2
    for last in range(first + 2, len(scene.boards)):
        before, after = scene.boards[first], scene.boards[last]
        walkers = [scene.find(board, scene.walker)[0] for board in (before, after)] if scene.walker else []
        if not walkers or distance(*walkers) > 2:
            return [*scene.boards[: first + 1], *scene.boards[last:]]
    return None


def end_without_the_way(scene: Scene) -> Boards:
    return [scene.boards[0], scene.boards[-1]]


def frozen(scene: Scene) -> Boards:
    return [scene.boards[0]]


def backwards(scene: Scene) -> Boards:
    return scene.boards[::-1]


def another_level(scene: Scene) -> Boards | None:
    return scene.other.boards if scene.other else None


def stops_short(scene: Scene) -> Boards:
    return scene.boards[:-1]


def joined_not_filled(scene: Scene) -> Boards | None:
    """Every flow takes the shortest way that is left, one after the other, so that cells stay empty."""
    if scene.gliding:
        return None
    kinds = scene.kinds
    for _ in range(SHUFFLES):
        boards = [scene.boards[0]]
        scene.rng.shuffle(kinds)
        for kind in kinds:
            for cell in _shortest_between(scene, boards[-1], kind) or ():
                boards.append(boards[-1].put({cell: scene.dressed(kind)}))
        progress = scene.trajectory.level.progress(boards[-1])
        if 1 in progress.values() and min(progress.values()) < 1:
            return boards
    return None


SHUFFLES = 200
"""In how many orders of the flows `joined_not_filled` is tried."""


def _shortest_between(scene: Scene, board: Board, kind: str) -> list[Cell] | None:
    """The plain cells of a shortest way between the two cells of a kind; None where there is none."""
    first, last = scene.find(board, kind)
    came: dict[Cell, Cell] = {}
    queue = [first]
    for cell in queue:
        for near in neighbours(cell):
            if near == last and cell != first:
                way = [cell]
                while (before := came[way[-1]]) != first:
                    way.append(before)
                return way[::-1]
            if near in board and board[near] == scene.plain and near not in came:
                came[near] = cell
                queue.append(near)
    return None


def doubled_walker(scene: Scene) -> Boards | None:
    return _with(scene, {cell: scene.dressed(scene.walker) for cell in _spare(scene)}) if scene.walker else None


def doubled_other(scene: Scene) -> Boards | None:
    return _with(scene, {cell: scene.dressed(scene.other_kind) for cell in _spare(scene)}) if scene.other_kind else None


def vanished_walker(scene: Scene) -> Boards | None:
    return _without(scene, scene.walker)


def vanished_other(scene: Scene) -> Boards | None:
    return _without(scene, scene.other_kind)


def into_the_wall(scene: Scene) -> Boards | None:
    """The walker steps where no lawful move leads, and back."""
    place = _beside_wall(scene)
    if place is None:
        return None
    board, cell, wall = place
    inside = board.put({cell: scene.bare(board[cell]), wall: scene.dressed(scene.walker)})
    return scene.interrupted(scene.middle, inside)


def scenery_erased(scene: Scene) -> Boards | None:
    """A cell that never changes becomes plain for a while."""
    still = [
        cell
        for cell, glyph in scene.boards[0].items()
        if glyph != scene.plain and all(board[cell] == glyph for board in scene.boards)
    ]
    inner = [cell for cell in still if all(near in scene.boards[0] for near in neighbours(cell))]
    chosen = (inner or still)[:1]
    return _with(scene, dict.fromkeys(chosen, scene.plain)) if chosen else None


def moved_alone(scene: Scene) -> Boards | None:
    """Something that only the walker may move goes one cell by itself."""
    if not scene.other_kind:
        return None
    for at, board in enumerate(scene.boards):
        walker = scene.find(board, scene.walker)[0]
        for cell in scene.find(board, scene.other_kind):
            free = [near for near in neighbours(cell) if near in board and board[near] == scene.plain]
            if free and distance(walker, cell) > 1:
                moved = board.put({cell: scene.bare(board[cell]), free[0]: scene.dressed(scene.other_kind)})
                return scene.interrupted(at, moved)
    return None


def pulled(scene: Scene) -> Boards | None:
    """The walker steps away from something beside it, which follows."""
    if not scene.other_kind:
        return None
    for at, board in enumerate(scene.boards):
        walker = scene.find(board, scene.walker)[0]
        for cell in scene.find(board, scene.other_kind):
            away = (2 * walker[0] - cell[0], 2 * walker[1] - cell[1])
            if distance(walker, cell) == 1 and away in board and board[away] == scene.plain:
                if scene.bare(board[walker]) != scene.plain:
                    continue
                glyphs = {
                    cell: scene.bare(board[cell]),
                    walker: scene.dressed(scene.other_kind),
                    away: scene.dressed(scene.walker),
                }
                return scene.interrupted(at, board.put(glyphs))
    return None


def overwritten(scene: Scene) -> Boards | None:
    """A cell that a flow has filled takes the colour of another flow beside it."""
    if scene.gliding:
        return None
    last = scene.boards[-1]
    for cell in scene.boards[0].differences(last):
        for near in neighbours(cell):
            if near in last and scene.kind(last[near]) != scene.kind(last[cell]):
                onto = scene.dressed(scene.kind(last[near]))
                return [*scene.boards, last.put({cell: onto})]
    return None


def astray(scene: Scene) -> Boards | None:
    """A flow appears in a cell that none of its cells is beside."""
    if scene.gliding:
        return None
    for at, board in enumerate(scene.boards):
        for cell in scene.spare(board):
            return scene.interrupted(at, board.put({cell: scene.dressed(scene.kinds[0])}))
    return None


def _spare(scene: Scene) -> list[Cell]:
    return scene.spare(scene.boards[scene.middle])[:1]


def _with(scene: Scene, glyphs: Mapping[Cell, str]) -> Boards | None:
    """The solution with other glyphs in the middle of it, for the time of one state."""
    if not glyphs:
        return None
    return scene.interrupted(scene.middle, scene.boards[scene.middle].put(glyphs))


def _without(scene: Scene, kind: str) -> Boards | None:
    board = scene.boards[scene.middle]
    return _with(scene, {cell: scene.bare(board[cell]) for cell in scene.find(board, kind)[:1]}) if kind else None


def _beside_wall(scene: Scene) -> tuple[Board, Cell, Cell] | None:
    """The middle board, the walker's cell, and a wall beside it; None where there is no walker or no wall."""
    board = scene.boards[scene.middle]
    if not scene.walker:
        return None
    cell = scene.find(board, scene.walker)[0]
    rows, columns = board.shape
    rim = Counter(glyph for (r, c), glyph in board.items() if r in (0, rows - 1) or c in (0, columns - 1))
    wall = rim.most_common(1)[0][0]
    walls = [near for near in neighbours(cell) if near in board and board[near] == wall]
    return (board, cell, walls[0]) if walls else None


UNSOLVED = frozenset({Reason.UNSOLVED, Reason.UNJOINED, Reason.UNFILLED})
SKIPPED = frozenset({Reason.JUMP})
CHEATS: Mapping[Callable[[Scene], Boards | None], frozenset[Reason]] = {
    teleport: SKIPPED,
    end_without_the_way: SKIPPED | {Reason.UNPUSHED, Reason.PULLED, Reason.WALL},
    frozen: frozenset({Reason.FROZEN}),
    backwards: frozenset({Reason.WRONG_START}),
    another_level: frozenset({Reason.WRONG_START}),
    stops_short: UNSOLVED,
    joined_not_filled: frozenset({Reason.UNFILLED}),
    doubled_walker: frozenset({Reason.APPEARED}),
    doubled_other: frozenset({Reason.APPEARED}),
    vanished_walker: frozenset({Reason.VANISHED}),
    vanished_other: frozenset({Reason.VANISHED}),
    into_the_wall: frozenset({Reason.WALL}),
    scenery_erased: frozenset({Reason.SCENERY}),
    moved_alone: frozenset({Reason.UNPUSHED}),
    pulled: frozenset({Reason.PULLED}),
    overwritten: frozenset({Reason.OVERWRITTEN}),
    astray: frozenset({Reason.STRAY}),
}
"""Cheats told as boards, each with the reasons that name it."""


def cheats(scene: Scene, *, style: str = "hold", canvas: Canvas) -> Iterator[Cheat]:
    """Every cheat that the scene allows."""
    timing = Timing(least=1)
    for make, reasons in CHEATS.items():
        boards = make(scene)
        if boards is not None:
            video = film_boards(boards, scene.skin, timing=timing, style=style, canvas=canvas)
            yield Cheat(make.__name__, video, reasons)
    honest = film_boards(scene.boards, scene.skin, timing=timing, style=style, canvas=canvas)
    yield from _spoiled(scene, honest)
    if place := _beside_wall(scene):
        yield Cheat("over_the_wall", _over_the_wall(scene, *place, timing, style, canvas), SMEARED)


SMEARED = frozenset({Reason.SMEARED})


def _spoiled(scene: Scene, honest: Video) -> Iterator[Cheat]:
    """Cheats told as frames: out of order, dissolved for a while, and no film at all."""
    rng = np.random.default_rng(scene.rng.getrandbits(64))
    order = np.concatenate([[0], 1 + rng.permutation(len(honest) - 1)])
    out_of_order = SKIPPED | {Reason.SHRANK, Reason.UNPUSHED, Reason.PULLED, Reason.WALL, Reason.APPEARED}
    yield Cheat("shuffled", honest[order], out_of_order | SMEARED)
    dissolved = honest.copy()
    dissolved[20:30] = honest[20:30].mean((1, 2), keepdims=True).astype(np.uint8)
    yield Cheat("dissolved", dissolved, SMEARED | {Reason.SHRANK})
    noise = rng.integers(0, 256, honest.shape, dtype=np.uint8)
    yield Cheat("noise", noise, frozenset({Reason.UNREADABLE}))


def _over_the_wall(
    scene: Scene, board: Board, cell: Cell, wall: Cell, timing: Timing, style: str, canvas: Canvas
) -> Video:
    """As `into_the_wall`, but the wall can be seen behind the walker."""
    look = Look(scene.skin.look(board[wall]).ground, scene.skin.look(board[cell]).sprite, scene.walker)
    glyph = chr(max(map(ord, scene.skin.looks)) + 1)
    painted = replace(scene.skin, looks={**scene.skin.looks, glyph: look})
    inside = board.put({cell: scene.bare(board[cell]), wall: glyph})
    return film_boards(scene.interrupted(scene.middle, inside), painted, timing=timing, style=style, canvas=canvas)
