"""Mazes of square rooms whose walls are lines between them, as MiniVeo3-Reasoner draws them.

+---+---+---+    a room is (row, column); a move goes to the next room where no line is between
| o     |   |    o the mark of the start, which stays, and hides who stands on it
+---+   +   +    * the agent, anywhere else but on the start and the goal
|       | F |    F the goal, until the agent is there and both turn into one thing, the prize
+---+---+---+

A board has a glyph a room, which tells its walls and what is in it. As long as nobody was seen elsewhere, `retold`
takes the mark for the agent over it, and the prize is the agent over the goal.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from puzzlereel.leaderboard.importers.found import NoLevel
from puzzlereel.puzzles.board import STEPS, Board, Cell, at, distance, neighbours, towards
from puzzlereel.puzzles.core import Broken, IllegalMove, NoSuchBoard, Reason, Trajectory
from puzzlereel.renderers.reading import Readings

ROOMS = "rooms"
"""What these mazes are called where puzzles are told apart."""
SIDES = tuple(STEPS)
"""U, D, L, R: the bits of a room's walls, from the lowest."""
EMPTY, MARK, GOAL, PRIZE, AGENT, ON_MARK, ON_GOAL = range(7)
"""What is in a room: nothing, the start's mark, the goal, the prize; the agent, alone, over the mark, over the goal."""
AGENTS = (AGENT, ON_MARK, ON_GOAL)
FIRST = 0xE000
"""The code point of an empty room without walls."""


def glyph(walls: int, content: int) -> str:
    """The glyph of a room."""
    return chr(FIRST + 16 * content + walls)


def told(glyph: str) -> tuple[int, int]:
    """The walls and the content of a room; the inverse of `glyph`."""
    content, walls = divmod(ord(glyph) - FIRST, 16)
    return walls, content


@dataclass(frozen=True)
class Rooms:
    """A maze of rooms; its state is the room where the agent is."""

    walls: tuple[tuple[int, ...], ...]
    """The bits of each room's walls."""
    entrance: Cell
    goal: Cell

    def __str__(self) -> str:
        """The same maze as one of cells, with walls as wide as rooms."""
        rows, columns = self.shape
        text = [["#"] * (2 * columns + 1) for _ in range(2 * rows + 1)]
        for row in range(rows):
            for column in range(columns):
                text[2 * row + 1][2 * column + 1] = " "
                for move, (down, right) in STEPS.items():
                    if self._is_open((row, column), move):
                        text[2 * row + 1 + down][2 * column + 1 + right] = " "
        for mark, (row, column) in (("@", self.entrance), ("G", self.goal)):
            text[2 * row + 1][2 * column + 1] = mark
        return "\n".join(map("".join, text))

    @classmethod
    def of(cls, text: str) -> "Rooms":
        """The maze of rooms whose `str` the text is; NoLevel where it is none."""
        rows = text.split("\n")
        widths = set(map(len, rows))
        if len(rows) < 3 or len(widths) != 1 or not len(rows) % 2 == min(widths) % 2 == 1:
            raise NoLevel("expected an odd number of rows and columns, walls between the rooms")
        if {*rows[0], *rows[-1], *(row[0] for row in rows), *(row[-1] for row in rows)} != {"#"}:
            raise NoLevel("expected walls all around")
        marks = {mark: [(r, row.index(mark)) for r, row in enumerate(rows) if mark in row] for mark in "@G"}
        if any(len(cells) != 1 or cells[0][0] % 2 == 0 or cells[0][1] % 2 == 0 for cells in marks.values()):
            raise NoLevel("expected one '@' and one 'G', each in a room")
        walls = tuple(
            tuple(
                sum((rows[r + down][c + right] == "#") << bit for bit, (down, right) in enumerate(STEPS.values()))
                for c in range(1, len(rows[0]), 2)
            )
            for r in range(1, len(rows), 2)
        )
        (entrance,), (goal,) = (([(r // 2, c // 2) for r, c in marks[mark]]) for mark in "@G")
        return cls(walls, entrance, goal)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.walls), len(self.walls[0])

    def _is_open(self, cell: Cell, move: str) -> bool:
        return not self.walls[cell[0]][cell[1]] >> SIDES.index(move) & 1

    @cached_property
    def steps_to_goal(self) -> Mapping[Cell, int]:
        """The fewest moves to the goal from every room that leads to it."""
        steps, queue = {self.goal: 0}, deque([self.goal])
        while queue:
            cell = queue.popleft()
            for near in (towards(cell, move) for move in self.moves(cell)):
                if near not in steps:
                    steps[near] = steps[cell] + 1
                    queue.append(near)
        return steps

    @cached_property
    def solution(self) -> Trajectory | None:
        """A shortest way; None where there is none."""
        cell, moves, steps = self.entrance, list[str](), self.steps_to_goal
        while cell in steps and cell != self.goal:
            moves.append(next(move for move in self.moves(cell) if steps.get(towards(cell, move)) == steps[cell] - 1))
            cell = towards(cell, moves[-1])
        return Trajectory(self, tuple(moves)) if cell == self.goal else None

    def start(self) -> Cell:
        return self.entrance

    def moves(self, state: Cell) -> Iterable[str]:
        return [move for move in STEPS if self._is_open(state, move)]

    def step(self, state: Cell, move: str) -> Cell:
        if move in self.moves(state):
            return towards(state, move)
        raise IllegalMove(f"expected one of {self.moves(state)}{at(state)}, got {move!r}")

    def progress(self, state: Cell) -> Mapping[str, float]:
        """How much of the way from the start is behind the agent, along shortest paths."""
        whole, left = self.steps_to_goal.get(self.entrance), self.steps_to_goal.get(state)
        return {"reached": 0.0 if not whole or left is None else max(0.0, 1 - left / whole)}

    def board(self, state: Cell) -> Board:
        content = {self.entrance: MARK, self.goal: GOAL}
        content[state] = {self.entrance: ON_MARK, self.goal: ON_GOAL}.get(state, AGENT)
        return self._with(content)

    @cached_property
    def shown_first(self) -> Board:
        """What the first frame shows: nobody, who is hidden by the mark."""
        return self._with({self.entrance: MARK, self.goal: GOAL})

    def _with(self, content: Mapping[Cell, int]) -> Board:
        lines = enumerate(self.walls)
        rooms = [[glyph(walls, content.get((r, c), EMPTY)) for c, walls in enumerate(line)] for r, line in lines]
        return Board(tuple(map("".join, rooms)))

    def state(self, board: Board) -> Cell:
        agents = [cell for cell, seen in board.items() if told(seen)[1] in AGENTS]
        for cell, seen in board.items():
            walls, content = told(seen)
            ground = {self.entrance: (MARK, ON_MARK), self.goal: (GOAL, ON_GOAL)}.get(cell, (EMPTY, AGENT))
            if walls != self.walls[cell[0]][cell[1]] or content not in ground:
                raise NoSuchBoard(Reason.SCENERY, cell, "its walls or what is in it are not the level's")
        if len(agents) != 1:
            reason = Reason.APPEARED if agents else Reason.VANISHED
            raise NoSuchBoard(reason, None, f"expected 1 agent, found {len(agents)}")
        return agents[0]

    def facts(self, states: Sequence[Cell]) -> frozenset[Cell]:
        """The rooms entered."""
        return frozenset(states[1:])

    def why(self, before: Board, after: Board) -> Broken:
        try:
            here, there = self.state(before), self.state(after)
        except NoSuchBoard as error:
            return error.broken
        reason = Reason.WALL if there in neighbours(here) else Reason.JUMP
        return Broken(reason, there, f"the agent went from {here} to {there}, {distance(here, there)} rooms")


def retold(readings: Readings, level: Rooms) -> Readings:
    """The readings with the mark told as the agent over it until somebody is seen elsewhere, and the prize as well."""
    glyphs = readings.glyphs.copy()
    seen = (np.isin((glyphs - FIRST) // 16, (AGENT, ON_GOAL, PRIZE)) & readings.settled).any((1, 2))
    left = np.maximum.accumulate(seen)
    for (row, column), bare, taken, when in (
        (level.entrance, MARK, ON_MARK, ~left),
        (level.goal, PRIZE, ON_GOAL, np.ones_like(left)),
    ):
        walls = level.walls[row][column]
        room = glyphs[:, row, column]
        room[when & (room == ord(glyph(walls, bare)))] = ord(glyph(walls, taken))
    return readings._replace(glyphs=glyphs)
