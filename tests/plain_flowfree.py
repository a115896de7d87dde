"""FlowFree a second time, in plain Python: two exact searches over fills, cell by cell in the order of reading.

They share nothing with the kernels but what a board is.

`quiet_fills` colours the cells so that no flow touches itself. `count_fills` counts under the general rules, where a
flow may touch itself: it keeps only the frontier, that is how the flows that cross the line between done and open cells
hang together.
"""

from collections.abc import Iterator
from itertools import islice

from puzzlereel.puzzles.board import Board, Cell, neighbours

EMPTY = "."


def quiet_fills(plan: Board, limit: int) -> list[Board]:
    """Up to `limit` fills in which no flow touches itself."""
    return list(_Quiet(plan).fills(limit))


class _Quiet:
    """The backtracking search: in a quiet fill an end has one neighbour of its colour, every other cell two."""

    def __init__(self, plan: Board) -> None:
        self.plan = plan
        self.height, self.width = plan.shape
        self.order = [cell for cell, _ in plan.items()]
        self.colours = sorted({glyph for _, glyph in plan.items()} - {EMPTY})
        self.need = {cell: 2 if glyph == EMPTY else 1 for cell, glyph in plan.items()}
        self.colour: dict[Cell, str] = {}

    def fills(self, limit: int) -> Iterator[Board]:
        for _ in islice(self._place(), limit):
            yield self.plan.put({cell: c if self.plan[cell] == c else c.lower() for cell, c in self.colour.items()})

    def _place(self) -> Iterator[None]:
        """Colour all cells in every way that holds."""
        choices = [self._choices(0)]
        while choices:
            cell = self.order[len(choices) - 1]
            colour = next(choices[-1], None)
            self.colour.pop(cell, None)
            if colour is None:
                choices.pop()
                continue
            self.colour[cell] = colour
            if not self._holds(cell):
                continue
            if len(choices) < len(self.order):
                choices.append(self._choices(len(choices)))
            elif not self._has_loops():
                yield

    def _choices(self, at: int) -> Iterator[str]:
        """The colours that the `at`-th cell may get."""
        given = self.plan[self.order[at]]
        return iter(self.colours if given == EMPTY else [given])

    def _holds(self, cell: Cell) -> bool:
        """Whether the new cell and those beside it can still get just the neighbours they need."""
        return all(self._can(near) for near in (cell, (cell[0] - 1, cell[1]), (cell[0], cell[1] - 1)))

    def _can(self, cell: Cell) -> bool:
        if cell not in self.colour:
            return True
        colour = self.colour[cell]
        same = free = 0
        for near in neighbours(cell):
            if near in self.colour:
                same += self.colour[near] == colour
            elif near in self.plan:
                free += self.plan[near] in (EMPTY, colour)
        return same <= self.need[cell] <= same + free

    def _has_loops(self) -> bool:
        """Whether some cells form a ring that leads to no end."""
        reached = [cell for cell in self.order if self.plan[cell] != EMPTY]
        seen = set(reached)
        while reached:
            cell = reached.pop()
            for near in neighbours(cell):
                if near in self.colour and near not in seen and self.colour[near] == self.colour[cell]:
                    seen.add(near)
                    reached.append(near)
        return len(seen) < len(self.order)


NOTHING = 0
Plug = int | str
"""What crosses a side of the frontier: NOTHING, a colour (a flow from one of its ends) or a number (one of the two
loose ends of a flow that has met no end yet; they bear the same number)."""
Frontier = tuple[Plug, ...]
"""The plugs that point down into each column, and last the plug that points right into the next cell."""


def count_fills(plan: Board, limit: int) -> int:
    """How many fills there are under the general rules, counted up to `limit`."""
    height, width = plan.shape
    frontiers: dict[Frontier, int] = {(NOTHING,) * (width + 1): 1}
    for (row, column), glyph in plan.items():
        after: dict[Frontier, int] = {}
        for frontier, count in frontiers.items():
            for onward in _onward(frontier, column, glyph, down=row + 1 < height, right=column + 1 < width):
                after[onward] = min(limit, after.get(onward, 0) + count)
        frontiers = after
    return sum(frontiers.values()) if frontiers else 0


def _onward(frontier: Frontier, column: int, glyph: str, *, down: bool, right: bool) -> Iterator[Frontier]:
    """Every frontier after one more cell; an end takes one plug, another cell two."""
    above, left = frontier[column], frontier[-1]
    plugs = [plug for plug in (above, left) if plug != NOTHING]
    if glyph != EMPTY:
        if len(plugs) == 2:
            return
        if plugs:
            joined = _join(frontier, plugs[0], glyph)
            if joined is not None:
                yield _set(joined, column, NOTHING, NOTHING)
            return
        yield from _leave(frontier, column, glyph, down=down, right=right)
    elif len(plugs) == 2:
        joined = _join(frontier, above, left)
        if joined is not None:
            yield _set(joined, column, NOTHING, NOTHING)
    elif plugs:
        yield from _leave(frontier, column, plugs[0], down=down, right=right)
    elif down and right:
        fresh = 1 + max((plug for plug in frontier if isinstance(plug, int)), default=0)
        yield _set(frontier, column, fresh, fresh)


def _leave(frontier: Frontier, column: int, plug: Plug, *, down: bool, right: bool) -> Iterator[Frontier]:
    """One plug that leaves the cell downward or to the right."""
    if down:
        yield _set(frontier, column, plug, NOTHING)
    if right:
        yield _set(frontier, column, NOTHING, plug)


def _join(frontier: Frontier, one: Plug, other: Plug) -> Frontier | None:
    """The frontier after two flows became one; None where that closes a ring or mixes two colours."""
    if isinstance(one, str) and isinstance(other, str):
        return frontier if one == other else None
    if one == other:
        return None
    loose, kept = (one, other) if isinstance(one, int) else (other, one)
    return tuple(kept if plug == loose else plug for plug in frontier)


def _set(frontier: Frontier, column: int, down: Plug, right: Plug) -> Frontier:
    """The frontier with the cell's own two plugs, and its numbers counted anew from the left."""
    names: dict[Plug, Plug] = {NOTHING: NOTHING}
    plugs = [*frontier[:column], down, *frontier[column + 1 : -1], right]
    return tuple(plug if isinstance(plug, str) else names.setdefault(plug, len(names)) for plug in plugs)
