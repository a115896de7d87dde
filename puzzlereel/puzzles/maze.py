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
    anything,
    shortest,
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
    def goal(self) -> Cell:
        return self.plan.find(GOAL)[0]

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
        return cell in self.plan and self.plan[cell] != WALL

    def start(self) -> Cell:
        return self.plan.find(AGENT)[0]

    def moves(self, state: Cell) -> Iterable[str]:
        return [move for move in STEPS if self.is_open(towards(state, move))]

    def step(self, state: Cell, move: str) -> Cell:
        if move not in self.moves(state):
            raise IllegalMove(f"expected one of {self.moves(state)}{at(state)}, got {move!r} in\n{self.board(state)}")
        return towards(state, move)

    def progress(self, state: Cell) -> Mapping[str, float]:
        """How much of the way from the start is behind the agent, along shortest paths."""
        steps = self.steps_to_goal
        whole = steps.get(self.start())
        left = steps.get(state)
        return {"reached": 0.0 if whole is None or left is None else max(0.0, 1 - left / whole)}

    def board(self, state: Cell) -> Board:
        on = AGENT_ON_GOAL if state == self.goal else AGENT
        return self.plan.put({self.start(): FLOOR, state: on})

    def state(self, board: Board) -> Cell:
        if board.shape != self.plan.shape:
            raise NoSuchBoard(Reason.SCENERY, None, f"expected a board of {self.plan.shape}, got {board.shape}")
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
    board, place = parse_board(text, "".join(GROUND), filler=WALL)
    for glyph, name in ((AGENT, "start"), (GOAL, "goal")):
        cells = board.find(glyph)
        if len(cells) != 1:
            raise BadLevel(f"expected 1 {name} {glyph!r}, found {len(cells)}", *place(cells[1] if cells else (0, 0)))
    if stray := board.find(AGENT_ON_GOAL):
        raise BadLevel("expected an unsolved maze, got the agent on the goal", *place(stray[0]))
    return Maze(board)


def search(level: Maze, effort: Effort) -> Solution:
    """A shortest path, by breadth first."""
    trajectory = shortest(level, effort)
    if trajectory is None:
        return Solution(Outcome.UNSOLVABLE, nodes=effort.nodes)
    return Solution(Outcome.SOLVED, trajectory, optimal=True, nodes=effort.nodes)


@dataclass(frozen=True)
class Tier:
    sides: tuple[int, ...]
    """How many cells a side the maze has before walls are put between them; one is drawn."""
    least: int
    most: int
    """The fewest and the most moves of the shortest path."""
    loops: float = 0.0
    """The share of the remaining inner walls that is opened."""


TIERS = {
    "easy": Tier(sides=(4, 5), least=6, most=18),
    "medium": Tier(sides=(6, 7), least=16, most=28),
    "hard": Tier(sides=(8, 9, 10), least=26, most=MOST_MOVES),
    "ood": Tier(sides=(11, 12), least=28, most=MOST_MOVES, loops=0.1),
}
TRIES = 20_000


def generate(rng: Random, tier: str, accept: Accept = anything) -> Maze:
    """A maze carved as a spanning tree, uniform (Wilson) or long-winded (depth first), with some loops in `ood`."""
    wanted = TIERS[tier]
    for _ in range(TRIES):
        side = rng.choice(wanted.sides)
        carve = rng.choice((_wilson, _depth_first))
        plan = _plan(side, carve(rng, side) | _loops(rng, side, wanted.loops))
        rooms = [(2 * r + 1, 2 * c + 1) for r in range(side) for c in range(side)]
        start, goal = rng.sample(rooms, 2)
        maze = Maze(plan.put({start: AGENT, goal: GOAL}))
        if wanted.least <= maze.steps_to_goal[start] <= wanted.most and accept(maze):
            return maze
    raise NoLevelFound(f"no {tier} maze of {wanted.least} to {wanted.most} moves in {TRIES} tries")


def _plan(side: int, doors: set[Cell]) -> Board:
    """Walls everywhere but in the rooms (odd row, odd column) and the doors between them."""
    size = range(2 * side + 1)
    rows = ["".join(FLOOR if (r % 2 and c % 2) or (r, c) in doors else WALL for c in size) for r in size]
    return Board(tuple(rows))


def _beside(room: Cell, side: int) -> list[Cell]:
    return [near for near in neighbours(room) if 0 <= near[0] < side and 0 <= near[1] < side]


def _door(one: Cell, other: Cell) -> Cell:
    return one[0] + other[0] + 1, one[1] + other[1] + 1


def _wilson(rng: Random, side: int) -> set[Cell]:
    """Loop-erased random walks (Wilson 1996): every spanning tree is equally likely."""
    rooms = [(r, c) for r in range(side) for c in range(side)]
    joined = {rng.choice(rooms)}
    doors = set()
    for first in rooms:
        room, onward = first, {}
        while room not in joined:
            onward[room] = rng.choice(_beside(room, side))
            room = onward[room]
        room = first
        while room not in joined:
            joined.add(room)
            doors.add(_door(room, onward[room]))
            room = onward[room]
    return doors


def _depth_first(rng: Random, side: int) -> set[Cell]:
    """Dig on to a random fresh neighbour, and back where there is none: long corridors."""
    trail = [(rng.randrange(side), rng.randrange(side))]
    seen = set(trail)
    doors = set()
    while trail:
        fresh = [near for near in _beside(trail[-1], side) if near not in seen]
        if not fresh:
            trail.pop()
            continue
        room = rng.choice(fresh)
        doors.add(_door(trail[-1], room))
        seen.add(room)
        trail.append(room)
    return doors


def _loops(rng: Random, side: int, share: float) -> set[Cell]:
    """Doors drawn at random among all places for one, about `share` of them."""
    rooms = [(r, c) for r in range(side) for c in range(side)]
    places = [_door(room, near) for room in rooms for near in _beside(room, side) if near > room]
    return set(rng.sample(places, round(share * len(places))))


def alike(plan: Board) -> list[Board]:
    """The maze, and the maze walked from the goal to the start."""
    start, goal = plan.find(AGENT)[0], plan.find(GOAL)[0]
    return [plan, plan.put({start: GOAL, goal: AGENT})]


MAZE = Puzzle(
    name="maze",
    title="Maze",
    tiers=tuple(TIERS),
    prompt=(
        "The {agent} walks through the maze to the {goal}, one cell at a time, along the {floor} and never through"
        " the {wall}. The camera does not move."
    ),
    parse=parse,
    generate=generate,
    search=search,
    alike=alike,
)
