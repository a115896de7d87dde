"""Sokoban: push every box onto a target.

#######    # wall              $ box    * box on a target
#@ $ .#    . target            @ the player    + the player on a target
#######      floor
           a move is one step: u d l r where the player walks, U D L R where a box is pushed
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from random import Random
from typing import NamedTuple

from puzzlereel.puzzles import wordings
from puzzlereel.puzzles.board import STEPS, Board, Cell, distance, towards
from puzzlereel.puzzles.core import (
    Accept,
    BadLevel,
    Broken,
    Effort,
    Found,
    GaveUp,
    IllegalMove,
    NoLevelFound,
    NoSuchBoard,
    Puzzle,
    Reason,
    Solution,
    Trajectory,
    anything,
    check_shape,
    proven,
)
from puzzlereel.puzzles.sokoban_make import TIERS, Tier, draw
from puzzlereel.puzzles.text import parse_board

WALL, FLOOR, TARGET, BOX, STORED, PLAYER, PLAYER_ON_TARGET = "# .$*@+"
GROUND = {WALL: WALL, FLOOR: FLOOR, BOX: FLOOR, PLAYER: FLOOR, TARGET: TARGET, STORED: TARGET, PLAYER_ON_TARGET: TARGET}
BOXES, PLAYERS, TARGETS = BOX + STORED, PLAYER + PLAYER_ON_TARGET, TARGET + STORED + PLAYER_ON_TARGET
BARE = str.maketrans(GROUND)
WAYS = {move: (*way, move == step) for step, way in STEPS.items() for move in (step.lower(), step)}
"""Of each move how far it goes down and to the right, and whether it is a push."""


class Position(NamedTuple):
    """Where the player is, and where the boxes are."""

    player: Cell
    boxes: frozenset[Cell]


@dataclass(frozen=True)
class Sokoban:
    """A Sokoban level; its state is where the player and the boxes are."""

    plan: Board
    found: Found | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return str(self.plan)

    @cached_property
    def targets(self) -> frozenset[Cell]:
        return frozenset(self.plan.find(TARGETS))

    @cached_property
    def open(self) -> frozenset[Cell]:
        """The cells that are no walls; outside of the board there are none."""
        return frozenset(self.plan.find("".join(GROUND).replace(WALL, "")))

    @cached_property
    def ground(self) -> Board:
        """The board without player and boxes."""
        return Board(tuple(row.translate(BARE) for row in self.plan.rows))

    @cached_property
    def _start(self) -> Position:
        return Position(self.plan.find(PLAYERS)[0], frozenset(self.plan.find(BOXES)))

    def start(self) -> Position:
        return self._start

    def moves(self, state: Position) -> Iterable[str]:
        return [move for move in WAYS if self._after(state, move)]

    def _after(self, state: Position, move: str) -> Position | None:
        """The state after a walk or a push; None where it is not lawful."""
        if move not in WAYS:
            return None
        (row, column), boxes = state
        down, right, is_push = WAYS[move]
        ahead = (row + down, column + right)
        if ahead not in boxes:
            return None if is_push or ahead not in self.open else Position(ahead, boxes)
        beyond = (ahead[0] + down, ahead[1] + right)
        if not is_push or beyond in boxes or beyond not in self.open:
            return None
        return Position(ahead, boxes - {ahead} | {beyond})

    def step(self, state: Position, move: str) -> Position:
        if after := self._after(state, move):
            return after
        raise IllegalMove(f"expected one of {self.moves(state)}, got {move!r} in\n{self.board(state)}")

    def progress(self, state: Position) -> Mapping[str, float]:
        """The share of the boxes that stand on targets."""
        return {"placed": len(state.boxes & self.targets) / len(state.boxes)}

    def board(self, state: Position) -> Board:
        if state is self._start:
            return self.plan
        glyphs = {box: STORED if box in self.targets else BOX for box in state.boxes}
        glyphs[state.player] = PLAYER_ON_TARGET if state.player in self.targets else PLAYER
        return self.ground.put(glyphs)

    def state(self, board: Board) -> Position:
        check_shape(board, self.plan)
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
    """The level of a text, its floor told by spaces, - or _, and short rows filled up with it; BadLevel if none."""
    board, place = parse_board(text.replace("-", FLOOR).replace("_", FLOOR), "".join(GROUND), filler=FLOOR)
    players, boxes = board.find(PLAYERS), board.find(BOXES)
    targets = board.find(TARGETS)
    if len(players) != 1:
        cell = players[1] if players else (0, 0)
        raise BadLevel(f"expected 1 player '@' or '+', found {len(players)}", *place(cell))
    if not boxes:
        raise BadLevel("expected at least 1 box '$' or '*', found none", *place((0, 0)))
    if len(targets) < len(boxes):
        raise BadLevel(f"expected a target for each of {len(boxes)} boxes, found {len(targets)}", *place(boxes[-1]))
    return Sokoban(board)


def search(level: Sokoban, effort: Effort) -> Solution:
    """The fewest pushes, proven, and of all such solutions one with the fewest moves, unless there are too many.

    Then the walks between its pushes are the shortest; `fewest_pushes` says how many are too many.
    """
    from puzzlereel.puzzles.sokoban_search import fewest_pushes

    return proven(level, effort, level.found, lambda: fewest_pushes(str(level), effort))


TRIES = 20_000
"""How many rooms are drawn before the generator gives up."""


def generate(rng: Random, tier: str | Tier, accept: Accept = anything) -> Sokoban:
    """A room of one of many shapes, with boxes that were pulled away from their targets in the best of all ways.

    The level keeps within the bounds of its tier. NoLevelFound after `TRIES` rooms: each takes at most `STATES` states
    of the backward search and then, if its level is accepted, the nodes of the solver that the tier allows.
    """
    from puzzlereel.puzzles.kernels.dice import dice_of

    wanted, dice, tries = TIERS[tier] if isinstance(tier, str) else tier, dice_of(rng), TRIES
    while tries:
        text, used = draw(dice, wanted, tries)
        tries -= used
        shown = text and PLAYER_ON_TARGET not in text  # who sees the first frame alone must see every target
        level = _solved(text, wanted, accept) if shown else None
        if level:
            return level
    bounds = f"{wanted.least} to {wanted.most} pushes and at most {wanted.moves} moves"
    raise NoLevelFound(f"no {tier} Sokoban of {bounds} in {TRIES} tries")


def _solved(text: str, wanted: Tier, accept: Accept) -> Sokoban | None:
    """The level of a text with its solution; None where it is not accepted or not within the bounds of the tier."""
    from puzzlereel.puzzles.sokoban_search import fewest_pushes

    level, effort = Sokoban(Board.of(text)), Effort(nodes=wanted.hardest)
    if not accept(level):
        return None
    try:
        moves = fewest_pushes(text, effort)
    except GaveUp:
        return None
    if moves is None or len(moves) > wanted.moves or effort.nodes < wanted.easiest:
        return None
    return Sokoban(level.plan, (moves, effort.nodes))


def pushes_of(trajectory: Trajectory) -> int:
    """How many of its moves are pushes."""
    return sum(move.isupper() for move in trajectory.moves)


def alike(text: str) -> list[str]:
    """The level alone: nothing in Sokoban can be renamed."""
    return [text]


SOKOBAN = Puzzle(
    name="sokoban",
    title="Sokoban",
    tiers=tuple(TIERS),
    prompts=wordings.SOKOBAN,
    parse=parse,
    generate=generate,
    search=search,
    alike=alike,
    example="@$.",
    pushes=pushes_of,
    border=WALL,
)
