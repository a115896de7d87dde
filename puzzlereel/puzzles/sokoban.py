"""Sokoban: push every box onto a target.

#######    # wall              $ box    * box on a target
#@ $ .#    . target            @ the player    + the player on a target
#######      floor
           a move is one step: u d l r where the player walks, U D L R where a box is pushed
"""

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from random import Random
from typing import NamedTuple

from puzzlereel.puzzles.board import STEPS, Board, Cell, distance, neighbours, towards
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
)
from puzzlereel.puzzles.text import parse_board

WALL, FLOOR, TARGET, BOX, STORED, PLAYER, PLAYER_ON_TARGET = "# .$*@+"
GROUND = {WALL: WALL, FLOOR: FLOOR, BOX: FLOOR, PLAYER: FLOOR, TARGET: TARGET, STORED: TARGET, PLAYER_ON_TARGET: TARGET}
BOXES, PLAYERS = BOX + STORED, PLAYER + PLAYER_ON_TARGET


class Position(NamedTuple):
    player: Cell
    boxes: frozenset[Cell]


@dataclass(frozen=True)
class Sokoban:
    """A Sokoban level; its state is where the player and the boxes are."""

    plan: Board

    def __str__(self) -> str:
        return str(self.plan)

    @cached_property
    def targets(self) -> frozenset[Cell]:
        return frozenset(self.plan.find(TARGET + STORED + PLAYER_ON_TARGET))

    def is_open(self, cell: Cell) -> bool:
        return cell in self.plan and self.plan[cell] != WALL

    def start(self) -> Position:
        return Position(self.plan.find(PLAYERS)[0], frozenset(self.plan.find(BOXES)))

    def moves(self, state: Position) -> Iterable[str]:
        return [move for direction in STEPS if (move := self._move(state, direction))]

    def _move(self, state: Position, direction: str) -> str | None:
        """The move that a step in a direction is: a walk (small), a push (capital) or none."""
        ahead = towards(state.player, direction)
        if not self.is_open(ahead):
            return None
        if ahead not in state.boxes:
            return direction.lower()
        beyond = towards(ahead, direction)
        return direction if self.is_open(beyond) and beyond not in state.boxes else None

    def step(self, state: Position, move: str) -> Position:
        direction = move.upper()
        if direction not in STEPS or self._move(state, direction) != move:
            raise IllegalMove(f"expected one of {self.moves(state)}, got {move!r} in\n{self.board(state)}")
        ahead = towards(state.player, direction)
        if move == direction:
            return Position(ahead, state.boxes - {ahead} | {towards(ahead, direction)})
        return Position(ahead, state.boxes)

    def progress(self, state: Position) -> Mapping[str, float]:
        """The share of the boxes that stand on targets."""
        return {"placed": len(state.boxes & self.targets) / len(state.boxes)}

    def board(self, state: Position) -> Board:
        glyphs = {cell: GROUND[glyph] for cell, glyph in self.plan.items()}
        glyphs |= {box: STORED if box in self.targets else BOX for box in state.boxes}
        glyphs[state.player] = PLAYER_ON_TARGET if state.player in self.targets else PLAYER
        return self.plan.put(glyphs)

    def state(self, board: Board) -> Position:
        if board.shape != self.plan.shape:
            raise NoSuchBoard(Reason.SCENERY, None, f"expected a board of {self.plan.shape}, got {board.shape}")
        for cell, glyph in board.items():
            ground = GROUND[self.plan[cell]]
            if ground == WALL and glyph in BOXES + PLAYERS:
                raise NoSuchBoard(Reason.WALL, cell, f"{glyph!r} is inside a wall")
            if GROUND.get(glyph) != ground:
                raise NoSuchBoard(Reason.SCENERY, cell, f"expected {ground!r}, got {glyph!r}")
        players, boxes = board.find(PLAYERS), board.find(BOXES)
        for name, found, expected in (("player", players, 1), ("box", boxes, len(self.start().boxes))):
            if len(found) != expected:
                reason = Reason.APPEARED if len(found) > expected else Reason.VANISHED
                raise NoSuchBoard(reason, None, f"expected {expected} of {name}, found {len(found)}")
        return Position(players[0], frozenset(boxes))

    def facts(self, states: Sequence[Position]) -> frozenset[tuple[Cell, str]]:
        """The pushes: the cell a box left, and the direction."""
        pushes = set()
        for before, after in pairwise(states):
            left, entered = before.boxes - after.boxes, after.boxes - before.boxes
            for direction in STEPS:
                box = towards(before.player, direction)
                if after.player == box and left == {box} and entered == {towards(box, direction)}:
                    pushes.add((box, direction))
        return frozenset(pushes)

    def why(self, before: Board, after: Board) -> Broken:
        try:
            here, there = self.state(before), self.state(after)
        except NoSuchBoard as error:
            return error.broken
        left, entered = here.boxes - there.boxes, there.boxes - here.boxes
        if distance(here.player, there.player) > 1 or len(left) > 1:
            return Broken(Reason.JUMP, there.player, f"the player went from {here.player} to {there.player}")
        if not left:
            return Broken(Reason.UNLAWFUL, there.player, f"the player went from {here.player} to {there.player}")
        (box,), (onto,) = left, entered
        pulled = onto == here.player and here.player != there.player
        return Broken(Reason.PULLED if pulled else Reason.UNPUSHED, onto, f"the box went from {box} to {onto}")


def parse(text: str) -> Sokoban:
    board, place = parse_board(text.replace("-", FLOOR).replace("_", FLOOR), "".join(GROUND), filler=FLOOR)
    players, boxes = board.find(PLAYERS), board.find(BOXES)
    targets = board.find(TARGET + STORED + PLAYER_ON_TARGET)
    if len(players) != 1:
        cell = players[1] if players else (0, 0)
        raise BadLevel(f"expected 1 player '@' or '+', found {len(players)}", *place(cell))
    if not boxes:
        raise BadLevel("expected at least 1 box '$' or '*', found none", *place((0, 0)))
    if len(targets) < len(boxes):
        raise BadLevel(f"expected a target for each of {len(boxes)} boxes, found {len(targets)}", *place(boxes[-1]))
    return Sokoban(board)


def search(level: Sokoban, effort: Effort) -> Solution:
    """The fewest pushes, and among those the fewest moves, by Dijkstra over pushes: both are proven."""
    start = level.start()
    alive = _alive(level)
    came: dict[Position, tuple[Position, str]] = {}
    costs = {start: (0, 0)}
    queue = [(0, 0, 0, start)]
    done = set()
    while queue:
        pushes, moves, _, state = heapq.heappop(queue)
        if state in done:
            continue
        done.add(state)
        effort.spend()
        if state.boxes <= level.targets:
            path = _path(came, state)
            return Solution(Outcome.SOLVED, Trajectory(level, tuple(path)), optimal=True, nodes=effort.nodes)
        for after, walk in _pushes(level, state, alive):
            cost = (pushes + 1, moves + len(walk))
            if cost < costs.get(after, (MANY, 0)):
                costs[after] = cost
                came[after] = (state, walk)
                heapq.heappush(queue, (*cost, len(costs), after))
    return Solution(Outcome.UNSOLVABLE, nodes=effort.nodes)


MANY = 10**9


def _path(came: Mapping[Position, tuple[Position, str]], state: Position) -> list[str]:
    walks = []
    while state in came:
        state, walk = came[state]
        walks.append(walk)
    return list("".join(reversed(walks)))


def _pushes(level: Sokoban, state: Position, alive: frozenset[Cell]) -> Iterator[tuple[Position, str]]:
    """Every push that can be walked to, with the shortest walk and the push itself as moves."""
    walks = {state.player: ""}
    queue = deque([state.player])
    while queue:
        cell = queue.popleft()
        for direction in STEPS:
            ahead = towards(cell, direction)
            if ahead in state.boxes:
                beyond = towards(ahead, direction)
                if beyond in alive and beyond not in state.boxes:
                    yield Position(ahead, state.boxes - {ahead} | {beyond}), walks[cell] + direction
            elif ahead not in walks and level.is_open(ahead):
                walks[ahead] = walks[cell] + direction.lower()
                queue.append(ahead)


def _alive(level: Sokoban) -> frozenset[Cell]:
    """The cells from which a lone box can be pushed to some target, found by pulling backward from all targets."""
    alive = set(level.targets)
    queue = deque(alive)
    while queue:
        box = queue.popleft()
        for direction in STEPS:
            before = towards(box, direction)
            if before not in alive and level.is_open(before) and level.is_open(towards(before, direction)):
                alive.add(before)
                queue.append(before)
    return frozenset(alive)


@dataclass(frozen=True)
class Tier:
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    """The sizes of the board, border walls among them; one of each is drawn."""
    boxes: int
    walls: float
    """The share of the inner cells that becomes wall."""
    least: int
    """The fewest pushes of the optimal solution."""


TIERS = {
    "easy": Tier(rows=(6, 7), columns=(6, 7), boxes=1, walls=0.12, least=3),
    "medium": Tier(rows=(7,), columns=(7, 8), boxes=2, walls=0.15, least=5),
    "hard": Tier(rows=(7,), columns=(7, 8), boxes=3, walls=0.15, least=7),
    "ood": Tier(rows=(8, 9), columns=(9, 10), boxes=2, walls=0.25, least=7),
}
TRIES = 20_000


def generate(rng: Random, tier: str, accept: Accept = anything) -> Sokoban:
    """A room with scattered walls, and boxes pulled away from their targets by reverse play."""
    wanted = TIERS[tier]
    for _ in range(TRIES):
        level = _draw(rng, wanted)
        if level is None or not accept(level):
            continue
        trajectory = search(level, Effort()).trajectory
        if trajectory is None:
            continue
        if pushes_of(trajectory) >= wanted.least and len(trajectory.moves) <= MOST_MOVES:
            return level
    raise NoLevelFound(f"no {tier} Sokoban of {wanted.least} pushes or more in {TRIES} tries")


def _draw(rng: Random, wanted: Tier) -> Sokoban | None:
    """A solvable level with every box off the targets, or None where the draw went wrong."""
    rows, columns = rng.choice(wanted.rows), rng.choice(wanted.columns)
    room = {(r, c) for r in range(1, rows - 1) for c in range(1, columns - 1) if rng.random() >= wanted.walls}
    if not room or len(_region(room, min(room))) < len(room):
        return None
    targets = rng.sample(sorted(room), wanted.boxes)
    boxes, player = _pulled(rng, room, targets)
    if boxes & set(targets) or player is None:
        return None
    glyphs = dict.fromkeys(room, FLOOR) | dict.fromkeys(targets, TARGET) | dict.fromkeys(boxes, BOX)
    glyphs[player] = PLAYER_ON_TARGET if player in targets else PLAYER
    return Sokoban(Board((WALL * columns,) * rows).put(glyphs))


def _region(room: set[Cell], cell: Cell) -> set[Cell]:
    """The cells of a room that can be walked to."""
    region, queue = {cell}, [cell]
    while queue:
        for near in neighbours(queue.pop()):
            if near in room and near not in region:
                region.add(near)
                queue.append(near)
    return region


def _pulled(rng: Random, room: set[Cell], targets: Sequence[Cell]) -> tuple[set[Cell], Cell | None]:
    """Boxes and player after many random pulls from the solved board, and a random walk of the player."""
    boxes = set(targets)
    free = sorted(room - boxes)
    if not free:
        return boxes, None
    player = rng.choice(free)
    for _ in range(12 * len(targets)):
        region = _region(room - boxes, player)
        pulls = [
            (box, direction)
            for box in sorted(boxes)
            for direction in STEPS
            if towards(box, direction) in region and towards(towards(box, direction), direction) in room - boxes
        ]
        if not pulls:
            break
        box, direction = rng.choice(pulls)
        boxes = boxes - {box} | {towards(box, direction)}
        player = towards(towards(box, direction), direction)
    return boxes, rng.choice(sorted(_region(room - boxes, player)))


def pushes_of(trajectory: Trajectory) -> int:
    return sum(move.isupper() for move in trajectory.moves)


def alike(plan: Board) -> list[Board]:
    """The level alone: nothing in Sokoban can be renamed."""
    return [plan]


SOKOBAN = Puzzle(
    name="sokoban",
    title="Sokoban",
    tiers=tuple(TIERS),
    prompt=(
        "The {agent} pushes every {box} onto a {target}. It moves one cell at a time, never through the {wall}, and"
        " pushes one box at a time by walking into it; it never pulls. The camera does not move."
    ),
    parse=parse,
    generate=generate,
    search=search,
    alike=alike,
    pushes=pushes_of,
)
