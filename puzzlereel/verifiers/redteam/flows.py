"""Cheats with what grows: flows that are overwritten, shrink, appear, change their colours, fill the board at once.

Mild: one cell, two cells, three frames, six frames half seen. Gross: whole flows, to the end.
"""

from puzzlereel.puzzles.board import Board, Cell, neighbours
from puzzlereel.puzzles.core import Reason
from puzzlereel.verifiers.redteam import boards as told_as_boards
from puzzlereel.verifiers.redteam.filming import first_difference
from puzzlereel.verifiers.redteam.staging import (
    BRIEF,
    LONG,
    SHORT,
    WRONG_END,
    WRONG_FLOW,
    WRONG_SCENERY,
    Faked,
    Kind,
    Needs,
    Stage,
)

RECOLOURED = WRONG_FLOW | WRONG_SCENERY | {Reason.APPEARED, Reason.VANISHED}


def _is_of_flows(stage: Stage) -> bool:
    return not stage.scene.gliding and len(stage.scene.kinds) > 1


def _filled(stage: Stage, number: int) -> list[Cell]:
    """The cells that have been filled by then."""
    return stage.boards[0].differences(stage.boards[number])


def overwritten(stage: Stage, gross: bool) -> Faked | None:
    """A filled cell takes the colour of a flow beside it for three frames; grossly, its whole flow does, to the end."""
    scene, board = stage.scene, stage.boards[stage.middle]
    for cell in _filled(stage, stage.middle) if _is_of_flows(stage) else ():
        for near in neighbours(cell):
            if near in board and scene.kind(board[near]) not in ("", scene.kind(board[cell])):
                glyph, own = scene.dressed(scene.kind(board[near])), board[cell]
                cells = [at for at in _filled(stage, stage.middle) if board[at] == own] if gross else [cell]
                window = stage.window(len(stage.frames) if gross else BRIEF)
                return stage.amended(lambda seen: seen.put(dict.fromkeys(cells, glyph)), *window)  # noqa: B023
    return None


def astray(stage: Stage, gross: bool) -> Faked | None:
    """A flow appears away from its ends for three frames; grossly, in up to five cells for fifteen."""
    if not _is_of_flows(stage):
        return None
    number = next((n for n in range(stage.middle, -1, -1) if stage.scene.spare(stage.boards[n])), None)
    if number is None:
        return None
    cells = stage.scene.spare(stage.boards[number])[: 5 if gross else 1]
    board = stage.boards[number].put(dict.fromkeys(cells, stage.scene.dressed(stage.scene.kinds[0])))
    return stage.interrupted(number, board, LONG if gross else BRIEF)


def shrunk_and_regrown(stage: Stage, gross: bool) -> Faked | None:
    """The last filled cell is empty again for three frames; grossly, all are for fifteen."""
    if not _is_of_flows(stage) or stage.middle < 2:
        return None
    number = stage.middle
    before = stage.boards[0] if gross else stage.boards[number - 1]
    return stage.interrupted(number, before, LONG if gross else BRIEF)


def grown_by_two(stage: Stage, gross: bool) -> Faked | None:
    """Two cells are filled from one frame to the next; grossly, a whole flow is, or three cells."""
    if not _is_of_flows(stage):
        return None
    kinds = [next((board[cell] for cell in stage.boards[n].differences(board)), "") for n, board in _onwards(stage)]
    first = stage.count // 4
    last = first + 2
    while gross and last < stage.count - 1 and (kinds[last] == kinds[first] or last < first + 3):
        last += 1
    if last >= stage.count:
        return None
    begin = stage.up_to(first)
    return stage.spliced([begin, stage.onwards(last)], len(begin))


def _onwards(stage: Stage) -> list[tuple[int, Board]]:
    """Every board but the first, and the number of the one before it."""
    return list(enumerate(stage.boards[1:]))


def _ends(stage: Stage, kind: str) -> list[Cell]:
    return stage.scene.find(stage.boards[0], kind)


def _looks_of(stage: Stage, kind: str) -> dict[bool, str]:
    """The glyphs of a colour: of its ends, and of its flow."""
    end = stage.boards[0][_ends(stage, kind)[0]]
    return {True: end, False: stage.scene.dressed(kind)}


def _exchanged(stage: Stage, board: Board, one: str, other: str, *, ends: bool) -> Board:
    """A board in which two colours have changed places, in the flows and, where told so, in the ends too."""
    glyphs: dict[Cell, str] = {}
    for kind, instead in ((one, other), (other, one)):
        names = _looks_of(stage, instead)
        for cell in stage.scene.find(board, kind):
            is_end = cell in _ends(stage, kind)
            if ends or not is_end:
                glyphs[cell] = names[is_end]
    return board.put(glyphs)


def colours_swapped(stage: Stage, gross: bool) -> Faked | None:
    """Two flows change colours from the middle on, grossly with their ends; mildly, for three frames."""
    if not _is_of_flows(stage):
        return None
    board = stage.boards[stage.middle]
    one, other = sorted(stage.scene.kinds, key=lambda kind: -len(stage.scene.find(board, kind)))[:2]
    window = stage.window(len(stage.frames) if gross else BRIEF)
    return stage.amended(lambda seen: _exchanged(stage, seen, one, other, ends=gross), *window)


def end_recoloured(stage: Stage, gross: bool) -> Faked | None:
    """An end has the colour of another, half of it for six frames; grossly, all of it, to the end."""
    if not _is_of_flows(stage):
        return None
    one, other = stage.scene.rng.sample(stage.scene.kinds, 2)
    glyphs = {stage.scene.rng.choice(_ends(stage, one)): _looks_of(stage, other)[True]}
    window = stage.window(len(stage.frames) if gross else SHORT)
    return stage.amended(lambda board: board.put(glyphs), *window, 1.0 if gross else 0.5)


def end_moved(stage: Stage, gross: bool) -> Faked | None:
    """An end changes places with the cell of its flow beside it, for three frames; grossly, to the end."""
    if not _is_of_flows(stage):
        return None
    last, board = stage.boards[-1], stage.boards[stage.middle]
    for kind in stage.scene.kinds:
        names = _looks_of(stage, kind)
        for end in _ends(stage, kind):
            for near in neighbours(end):
                if near in last and last[near] == names[False] and board[near] == names[False]:
                    glyphs = {end: names[False], near: names[True]}
                    window = stage.window(len(stage.frames) if gross else BRIEF)
                    return stage.amended(lambda seen: seen.put(glyphs), *window)  # noqa: B023
    return None


def flow_faded(stage: Stage, gross: bool) -> Faked | None:
    """A filled cell is half empty for six frames; grossly, a whole flow is gone to four fifths for fifteen."""
    # Not the cell that was filled last: it might well be filled as slowly.
    filled = _filled(stage, stage.middle - 1) if _is_of_flows(stage) and stage.middle else []
    if not filled:
        return None
    board = stage.boards[stage.middle]
    chosen = stage.scene.rng.choice(filled)
    cells = [cell for cell in filled if board[cell] == board[chosen]] if gross else [chosen]
    plain = dict.fromkeys(cells, stage.scene.plain)
    window = stage.window(LONG if gross else SHORT)
    return stage.amended(lambda seen: seen.put(plain), *window, 0.8 if gross else 0.5)


def painted_over(stage: Stage, gross: bool) -> Faked | None:
    """All empty cells take one colour at once; mildly, the last three, each its own, from one frame to the next."""
    if not _is_of_flows(stage) or stage.count < 5:
        return None
    if not gross:
        begin = stage.up_to(stage.count - 4)
        return stage.spliced([begin, stage.onwards(stage.count - 1)], len(begin))
    board = stage.boards[stage.middle]
    glyph = stage.scene.dressed(stage.scene.rng.choice(stage.scene.kinds))
    empty = [cell for cell, seen in board.items() if seen == stage.scene.plain]
    return stage.told([*stage.boards[: stage.middle + 1], board.put(dict.fromkeys(empty, glyph))], stage.middle + 1)


def joined_not_filled(stage: Stage, gross: bool) -> Faked | None:
    """Every flow takes the shortest way that is left, so that cells stay empty; mildly, so that fewer do."""
    if not _is_of_flows(stage):
        return None
    told = [boards for _ in range(1 if gross else TRIES) if (boards := told_as_boards.joined_not_filled(stage.scene))]
    if not told:
        return None
    film = stage.filmed(max(told, key=len))
    since = first_difference(film.frames, stage.frames)
    return None if since is None else Faked(film, since)


TRIES = 2
"""Among how many orders of the flows the fullest board is chosen."""


FLOWS = (
    Kind(overwritten, WRONG_FLOW, Needs.FLOWS),
    Kind(astray, WRONG_FLOW, Needs.FLOWS),
    Kind(shrunk_and_regrown, WRONG_FLOW, Needs.FLOWS),
    Kind(grown_by_two, WRONG_FLOW, Needs.FLOWS),
    Kind(colours_swapped, RECOLOURED, Needs.FLOWS),
    Kind(end_recoloured, RECOLOURED, Needs.FLOWS),
    Kind(end_moved, RECOLOURED, Needs.FLOWS),
    Kind(flow_faded, WRONG_FLOW, Needs.FLOWS),
    Kind(painted_over, WRONG_FLOW, Needs.FLOWS),
    Kind(joined_not_filled, WRONG_END, Needs.FLOWS),
)
