"""Maze: walk from the start to the goal, never through a wall.

#######    # wall       @ the agent, who starts here
#@  # #      floor      G the goal
# # # #    + the agent on the goal
# #  G#
#######    a move goes one cell up, down, left or right: U D L R
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

import numpy as np

from puzzlereel.puzzles import wordings
from puzzlereel.puzzles.board import STEPS, Board, Cell, at, neighbours, towards
from puzzlereel.puzzles.core import (
    MOST_MOVES,
    Accept,
    BadLevel,
    Broken,
    Effort,
    IllegalMove,
    NoLevelFound,
    NoSuchBoard,
    Outcome,
    Puzzle,
    Reason,
    Solution,
    Trajectory,
    anything,
    check_shape,
)
from puzzlereel.puzzles.text import parse_board

WALL, FLOOR, GOAL, AGENT, AGENT_ON_GOAL = "# G@+"
GROUND = {WALL: WALL, FLOOR: FLOOR, GOAL: GOAL, AGENT: FLOOR, AGENT_ON_GOAL: GOAL}


@dataclass(frozen=True)
class Maze:
    """A maze; its state is the cell where the agent is."""

    plan: Board

    def __str__(self) -> str:
        return str(self.plan)

    @cached_property
    def entrance(self) -> Cell:
        return self.plan.find(AGENT)[0]

    @cached_property
    def goal(self) -> Cell:
        return self.plan.find(GOAL)[0]

    @cached_property
    def ways(self) -> int:
        """How many shortest paths lead from the start to the goal."""
        steps, count = self.steps_to_goal, {self.goal: 1}
        for cell in list(steps)[1:]:
            count[cell] = sum(count[near] for near in neighbours(cell) if steps.get(near) == steps[cell] - 1)
        return count.get(self.start(), 0)

    @property
    def is_unique(self) -> bool:
        """Whether there is just one shortest path."""
        return self.ways == 1

    @cached_property
    def steps_to_goal(self) -> Mapping[Cell, int]:
        """The fewest moves to the goal from every cell that leads to it."""
        steps = {self.goal: 0}
        queue = deque([self.goal])
        while queue:
            cell = queue.popleft()
            for near in neighbours(cell):
                if self.is_open(near) and near not in steps:
                    steps[near] = steps[cell] + 1
                    queue.append(near)
        return steps

    def is_open(self, cell: Cell) -> bool:
        return self.plan.get(cell, WALL) != WALL

    def start(self) -> Cell:
        return self.entrance

    def moves(self, state: Cell) -> Iterable[str]:
        return [move for move in STEPS if self.is_open(towards(state, move))]

    def step(self, state: Cell, move: str) -> Cell:
        if move in STEPS and self.is_open(ahead := towards(state, move)):
            return ahead
        raise IllegalMove(f"expected one of {self.moves(state)}{at(state)}, got {move!r} in\n{self.board(state)}")

    def progress(self, state: Cell) -> Mapping[str, float]:
        """How much of the way from the start is behind the agent, along shortest paths."""
        steps = self.steps_to_goal
        whole = steps.get(self.start())
        left = steps.get(state)
        return {"reached": 0.0 if whole is None or left is None else max(0.0, 1 - left / whole)}

    def board(self, state: Cell) -> Board:
        if state == self.entrance:
            return self.plan
        return self.plan.put({self.entrance: FLOOR, state: AGENT_ON_GOAL if state == self.goal else AGENT})

    def state(self, board: Board) -> Cell:
        check_shape(board, self.plan)
        agents = board.find(AGENT + AGENT_ON_GOAL)
        for cell, glyph in board.items():
            ground = GROUND[self.plan[cell]]
            if ground == WALL and cell in agents:
                raise NoSuchBoard(Reason.WALL, cell, "the agent is inside a wall")
            if GROUND.get(glyph) != ground:
                raise NoSuchBoard(Reason.SCENERY, cell, f"expected {ground!r}, got {glyph!r}")
        if len(agents) != 1:
            reason = Reason.APPEARED if agents else Reason.VANISHED
            raise NoSuchBoard(reason, None, f"expected 1 agent, found {len(agents)}")
        return agents[0]

    def facts(self, states: Sequence[Cell]) -> frozenset[Cell]:
        """The cells entered."""
        return frozenset(states[1:])

    def why(self, before: Board, after: Board) -> Broken:
        try:
            here, there = self.state(before), self.state(after)
        except NoSuchBoard as error:
            return error.broken
        for step in STEPS:
            middle = towards(here, step)
            if towards(middle, step) == there and not self.is_open(middle):
                return Broken(Reason.WALL, middle, f"the agent went from {here} to {there}")
        return Broken(Reason.JUMP, there, f"the agent went from {here} to {there}")


def parse(text: str) -> Maze:
    """The maze of a text, short rows filled up with walls; BadLevel where it is none, or is solved already."""
    board, place = parse_board(text, "".join(GROUND), filler=WALL)
    for glyph, name in ((AGENT, "start"), (GOAL, "goal")):
        cells = board.find(glyph)
        if len(cells) != 1:
            raise BadLevel(f"expected 1 {name} {glyph!r}, found {len(cells)}", *place(cells[1] if cells else (0, 0)))
    if stray := board.find(AGENT_ON_GOAL):
        raise BadLevel("expected an unsolved maze, got the agent on the goal", *place(stray[0]))
    return Maze(board)


def search(level: Maze, effort: Effort) -> Solution:
    """A shortest path, and how many there are (counted up to 10**18), by breadth first from the goal."""
    from puzzlereel.puzzles.kernels.maze import shortest_path

    text = str(level.plan)
    glyphs = np.frombuffer(text.encode("ascii"), np.uint8)
    stride = level.plan.shape[1] + 1
    moves, ways, nodes = shortest_path(glyphs, stride, text.index(AGENT), text.index(GOAL))
    effort.spend(nodes)
    if not ways:
        return Solution(Outcome.UNSOLVABLE, solutions=0, nodes=effort.nodes)
    trajectory = Trajectory(level, tuple(moves.tobytes().decode("ascii")))
    return Solution(Outcome.SOLVED, trajectory, optimal=True, solutions=ways, nodes=effort.nodes)


@dataclass(frozen=True)
class Tier:
    """What mazes are drawn: spanning trees of square grids of rooms, with walls between the rooms."""

    sides: tuple[int, ...]
    """How many rooms a side the maze has, 3 to 25; one is drawn."""
    least: int
    most: int
    """The fewest and the most moves of the shortest path, two from a room to the next."""
    carvings: tuple[str, ...] = ("wilson", "depth_first", "kruskal")
    """Which of the spanning trees are drawn; one is drawn for each maze. With "wilson", each tree is equally likely."""
    braid: int = 0
    """How many of 100 dead ends get a second door, which opens a loop."""

    def __post_init__(self) -> None:
        if not self.sides or not all(3 <= side <= 25 for side in self.sides):
            raise ValueError(f"expected sides from 3 to 25, got {self.sides}")
        if not self.carvings or not set(self.carvings) <= set(CARVINGS):
            raise ValueError(f"expected carvings of {', '.join(CARVINGS)}, got {', '.join(self.carvings) or 'none'}")
        if not 0 <= self.braid <= 100:
            raise ValueError(f"expected a braid from 0 to 100, got {self.braid}")

    @cached_property
    def drawn(self) -> tuple[Any, ...]:
        """What the kernel draws from."""
        carvings = np.array([CARVINGS.index(carving) for carving in self.carvings])
        return np.array(self.sides), carvings, self.braid, self.least, self.most, DRAWS


CARVINGS = ("wilson", "depth_first", "kruskal")
TIERS = {
    "easy": Tier(sides=(4, 5), least=6, most=18),
    "medium": Tier(sides=(6, 7), least=16, most=28),
    "hard": Tier(sides=(8, 9, 10), least=26, most=MOST_MOVES),
    "ood": Tier(sides=(11, 12), least=28, most=MOST_MOVES, braid=60),
    "tiny": Tier(sides=(3,), least=2, most=8),
}
TRIES = 2_000
"""How many mazes are shown to `accept` before the generator gives up."""
DRAWS = 1_000
"""How many trees are drawn for a maze whose shortest path is as long as wanted: at 25 rooms a side, 20 ms."""


def generate(rng: Random, tier: str | Tier, accept: Accept = anything) -> Maze:
    """A maze carved as a spanning tree, with loops where the tier braids; start and goal are any two rooms."""
    from puzzlereel.puzzles.kernels.dice import dice_of
    from puzzlereel.puzzles.kernels.maze import draw

    wanted = TIERS[tier] if isinstance(tier, str) else tier
    dice = dice_of(rng)
    for _ in range(TRIES):
        text = draw(dice, *wanted.drawn).tobytes()
        if not text:
            raise NoLevelFound(f"no maze of {wanted.least} to {wanted.most} moves among {DRAWS} draws of {wanted}")
        maze = Maze(Board.of(text.decode("ascii")))
        if accept(maze):
            return maze
    raise NoLevelFound(f"no {tier} maze was accepted in {TRIES} tries")


def alike(text: str) -> list[str]:
    """The maze, and the maze walked from the goal to the start."""
    return [text, text.translate(SWAPPED)]


SWAPPED = str.maketrans(AGENT + GOAL, GOAL + AGENT)


MAZE = Puzzle(
    name="maze",
    title="Maze",
    tiers=tuple(TIERS),
    prompts=wordings.MAZE,
    parse=parse,
    generate=generate,
    search=search,
    alike=alike,
    example="@ G",
    border=WALL,
)
