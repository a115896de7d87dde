"""The search for the fewest pushes: A* over the places of the boxes and the part of the room that the player is in.

    node    spent  rest  parent  push  …  box  box  box
                                           │
                                           └ its cell, and the sides of it that the player can walk to, as four bits

The sides alone tell the player's part of the room, so that most repeated nodes are known as such without a flood.
Nodes wait in stacks by layer, which is pushes spent plus the lower bound of those to come: what leaves them first with
no pushes to come has proven itself the shortest. Two nodes are one only if all their boxes agree, whatever their hash.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int32, Int64, UInt8

from puzzlereel.puzzles.kernels import kernel
from puzzlereel.puzzles.kernels.sokoban_match import ACCOUNTS, KEPT_MATE, keep, resettle, settle
from puzzlereel.puzzles.kernels.sokoban_prune import BLOCKED, CHILD, DESK, PEN, SEEN, find_pen, flood, freezes
from puzzlereel.puzzles.kernels.sokoban_room import MARK, NEAR, NEVER, POSE, inner, part_of

SPENT, REST, PARENT, PUSH, OLDER, NEWER, HASH, BOXES = range(8)
"""The columns of the nodes, of which the last are the boxes. A push is the cell that the box left, times 4, and the
direction; that of the first node is the player's cell times 4. Older and newer are the neighbours in the stack."""
CLOSED = -2
"""What stands for the newer neighbour of a node that was expanded."""
STORED, EXPANDED, LAYER, ANSWER, DEEPEST = range(5)
"""The tally of a search: its nodes, those expanded, the layer it has come to, the solved node, and a bound of REST."""
TALLY = 5
GOING_ON, FULL, SOLVED, EXHAUSTED = range(4)
"""How a slice of a search ends: it can go on; it can once it has more room; it is solved; it has no solution."""


class Search(NamedTuple):
    """All that a search works on: the level, what was found out, and the desk with the accounts of the lower bound."""

    room: Int32[np.ndarray, "cells+1 16"]
    far: Int32[np.ndarray, "poses+1 targets+1"]
    pairs: UInt8[np.ndarray, "pairs pairs"]
    nodes: Int32[np.ndarray, "capacity columns"]
    slots: Int32[np.ndarray, " slots"]
    heads: Int32[np.ndarray, " layers"]
    tally: Int64[np.ndarray, " 5"]
    desk: Int32[np.ndarray, "7 cells+1"]
    costs: Int64[np.ndarray, "boxes targets"]
    accounts: Int64[np.ndarray, "9 targets+1"]


@kernel
def explore(
    room: Int32[np.ndarray, "cells+1 16"],
    far: Int32[np.ndarray, "poses+1 targets+1"],
    pairs: UInt8[np.ndarray, "pairs pairs"],
    nodes: Int32[np.ndarray, "capacity columns"],
    slots: Int32[np.ndarray, " slots"],
    heads: Int32[np.ndarray, " layers"],
    tally: Int64[np.ndarray, " 5"],
    share: int,
    most: int,
    is_hard: bool,
) -> int:
    """Expands up to `share` nodes, and says how that ended.

    Where `most` is negative one solution is sought; otherwise all nodes of all solutions of `most` pushes. What the
    table of pairs calls lost is left out; where one solution is hard to find, so are pushes that can wait for pens.
    """
    boxes, targets = nodes.shape[1] - BOXES, far.shape[1] - 1
    desk = np.zeros((DESK, len(room)), np.int32)
    desk[SEEN, len(room) - 1] = BLOCKED
    costs, accounts = np.empty((boxes, targets), np.int64), np.empty((ACCOUNTS, targets + 1), np.int64)
    search = Search(room, far, pairs, nodes, slots, heads, tally, desk, costs, accounts)
    if not tally[STORED] and not _begin(search):
        return EXHAUSTED
    for _ in range(share):
        while tally[LAYER] < len(heads) and heads[tally[LAYER]] < 0:
            tally[LAYER] += 1
        if tally[LAYER] == len(heads) or 0 <= most < tally[LAYER]:
            return EXHAUSTED
        is_short = most < 0 and tally[LAYER] + 1 + tally[DEEPEST] >= len(heads)
        if is_short or tally[STORED] + 4 * boxes > len(nodes):
            return FULL
        node = heads[tally[LAYER]]
        _leave(nodes, heads, node)
        nodes[node, NEWER] = CLOSED
        if nodes[node, REST]:
            tally[EXPANDED] += 1
            _expand(search, node, most, is_hard)
        elif most < 0:
            tally[ANSWER] = node
            return SOLVED
    return GOING_ON


@inner
def _begin(search: Search) -> bool:
    """Completes and stores the first node, which has its push and boxes; False where these cannot all have targets."""
    room, nodes, desk, tally = search.room, search.nodes, search.desk, search.tally
    player, nodes[0, SPENT], nodes[0, PARENT], nodes[0, HASH] = nodes[0, PUSH] >> 2, 0, -1, 0
    for n in range(len(search.costs)):
        box = nodes[0, BOXES + n] >> 4
        desk[SEEN, box] = BLOCKED
        _price(search, box, player, n)
        nodes[0, HASH] ^= room[box, MARK]
    _see_sides(room, nodes, desk, tally[STORED], flood(room, desk, player))
    for n in range(len(search.costs)):
        desk[SEEN, nodes[0, BOXES + n] >> 4] = 0
    nodes[0, REST] = settle(search.costs, search.accounts)
    if nodes[0, REST] >= NEVER:
        return False
    search.slots[nodes[0, HASH] & (len(search.slots) - 1)] = 0
    _join(nodes, search.heads, tally[STORED])
    tally[STORED], tally[LAYER] = 1, nodes[0, REST]
    return True


@inner
def _price(search: Search, box: int, player: int, row: int) -> None:
    """Fills in the pushes that a box alone needs to each target."""
    pose = search.room[box, part_of(search.room, box, player)]
    for target in range(search.costs.shape[1]):
        search.costs[row, target] = search.far[pose, target]


@inner
def _expand(search: Search, node: int, most: int, is_hard: bool) -> None:
    """Stores every node that one push leads to, unless it is lost, can wait, or is known for as few pushes."""
    room, nodes, desk = search.room, search.nodes, search.desk
    boxes, targets = search.costs.shape
    player = nodes[node, PUSH] >> 2
    for n in range(boxes):
        box = nodes[node, BOXES + n] >> 4
        desk[SEEN, box] = BLOCKED
        _price(search, box, player, n)
    settle(search.costs, search.accounts)
    keep(search.costs, search.accounts)
    pen = 0
    if is_hard:
        pen = find_pen(room, desk, flood(room, desk, player), boxes == targets)
    for n in range(boxes):
        box, sides = nodes[node, BOXES + n] >> 4, nodes[node, BOXES + n] & 15
        if not pen or desk[PEN, box] == pen:
            for direction in range(4):
                if sides >> (direction ^ 1) & 1 and desk[SEEN, room[box, NEAR + direction]] != BLOCKED:
                    _push(search, node, n, direction, most)
    for n in range(boxes):
        desk[SEEN, nodes[node, BOXES + n] >> 4] = 0


@inner
def _push(search: Search, node: int, n: int, direction: int, most: int) -> None:
    """Stores the node after a push of one box, unless it is lost or is known for as few pushes."""
    room, nodes, desk = search.room, search.nodes, search.desk
    box, spent, side = nodes[node, BOXES + n] >> 4, nodes[node, SPENT] + 1, direction ^ 1
    onto = room[box, NEAR + direction]
    pose = room[onto, POSE + side]
    if search.far[pose, search.far.shape[1] - 1] == NEVER or _is_lost(search.pairs, nodes, node, n, onto, side):
        return
    mark = nodes[node, HASH] ^ room[box, MARK] ^ room[onto, MARK]
    slot = find(nodes, search.slots, desk, mark, list_moved(nodes, desk, node, n, onto), side)
    child = search.slots[slot]
    if child < 0:
        desk[SEEN, box], desk[SEEN, onto] = 0, BLOCKED
        rest = NEVER if freezes(room, desk, onto, direction) else _rest(search, node, n, pose)
        if rest < NEVER and (most < 0 or spent + rest <= most):
            child = search.slots[slot] = search.tally[STORED]
            search.tally[STORED] += 1
            for other in range(len(search.costs)):
                nodes[child, BOXES + other] = desk[CHILD, other] << 4
            nodes[child, HASH], nodes[child, REST] = mark, rest
            _see_sides(room, nodes, desk, child, flood(room, desk, box))
        desk[SEEN, box], desk[SEEN, onto] = BLOCKED, 0
        if child < 0:
            return
    elif nodes[child, SPENT] <= spent:
        return
    elif nodes[child, NEWER] != CLOSED:
        _leave(nodes, search.heads, child)
    nodes[child, SPENT], nodes[child, PARENT], nodes[child, PUSH] = spent, node, box << 2 | direction
    _join(nodes, search.heads, child)


@inner
def _is_lost(
    pairs: UInt8[np.ndarray, "pairs pairs"],
    nodes: Int32[np.ndarray, "capacity columns"],
    node: int,
    n: int,
    onto: int,
    side: int,
) -> bool:
    """Whether a box that is pushed onto a cell and some other box make a pair that is lost."""
    if len(pairs) > 1:
        for other in range(nodes.shape[1] - BOXES):
            if other != n and not pairs[onto, nodes[node, BOXES + other] >> 4] >> side & 1:
                return True
    return False


@inner
def _rest(search: Search, node: int, n: int, pose: int) -> int:
    """The lower bound with one box in another pose; no push lowers it by more than 1."""
    nodes, far, costs, accounts = search.nodes, search.far, search.costs, search.accounts
    targets = costs.shape[1]
    for target in range(targets):
        if accounts[KEPT_MATE, target] == n and far[pose, target] == costs[n, target] - 1:
            return int(nodes[node, REST] - 1)
    for target in range(targets):
        costs[n, target] = far[pose, target]
    rest = resettle(costs, accounts, n)
    _price(search, nodes[node, BOXES + n] >> 4, nodes[node, PUSH] >> 2, n)
    return rest


@inner
def list_moved(
    nodes: Int32[np.ndarray, "capacity columns"], desk: Int32[np.ndarray, "7 cells+1"], node: int, n: int, onto: int
) -> int:
    """Lists the boxes of a node in order, with one of them moved; its new place in the list."""
    boxes, count, place = nodes.shape[1] - BOXES, 0, -1
    for other in range(boxes):
        cell = nodes[node, BOXES + other] >> 4
        if other != n:
            if place < 0 and cell > onto:
                desk[CHILD, count], place = onto, count
                count += 1
            desk[CHILD, count] = cell
            count += 1
    if place < 0:
        desk[CHILD, count], place = onto, count
    return place


@inner
def find(
    nodes: Int32[np.ndarray, "capacity columns"],
    slots: Int32[np.ndarray, " slots"],
    desk: Int32[np.ndarray, "7 cells+1"],
    mark: int,
    place: int,
    side: int,
) -> int:
    """The slot of the node with the boxes listed and the player at a side of one of them, or one that it may have."""
    boxes, slot = nodes.shape[1] - BOXES, mark & (len(slots) - 1)
    while slots[slot] >= 0:
        node = slots[slot]
        if nodes[node, HASH] == mark and nodes[node, BOXES + place] >> side & 1:
            same = 0
            while same < boxes and nodes[node, BOXES + same] >> 4 == desk[CHILD, same]:
                same += 1
            if same == boxes:
                return slot
        slot = (slot + 1) & (len(slots) - 1)
    return slot


@inner
def _see_sides(
    room: Int32[np.ndarray, "cells+1 16"],
    nodes: Int32[np.ndarray, "capacity columns"],
    desk: Int32[np.ndarray, "7 cells+1"],
    node: int,
    now: int,
) -> None:
    """Notes from which sides a flood came to the boxes of a node."""
    for place in range(BOXES, nodes.shape[1]):
        box = nodes[node, place] >> 4
        for direction in range(4):
            if desk[SEEN, room[box, NEAR + direction]] == now:
                nodes[node, place] |= 1 << direction


@inner
def _join(nodes: Int32[np.ndarray, "capacity columns"], heads: Int32[np.ndarray, " layers"], node: int) -> None:
    """Puts a node on top of the stack of its layer."""
    layer = nodes[node, SPENT] + nodes[node, REST]
    nodes[node, OLDER], nodes[node, NEWER] = heads[layer], -1
    if heads[layer] >= 0:
        nodes[heads[layer], NEWER] = node
    heads[layer] = node


@inner
def _leave(nodes: Int32[np.ndarray, "capacity columns"], heads: Int32[np.ndarray, " layers"], node: int) -> None:
    """Takes a node out of its stack."""
    older, newer = nodes[node, OLDER], nodes[node, NEWER]
    if newer >= 0:
        nodes[newer, OLDER] = older
    else:
        heads[nodes[node, SPENT] + nodes[node, REST]] = older
    if older >= 0:
        nodes[older, NEWER] = newer


@kernel
def rehash(nodes: Int32[np.ndarray, "capacity columns"], slots: Int32[np.ndarray, " slots"], stored: int) -> None:
    """Fills empty slots with the nodes that are stored."""
    for node in range(stored):
        slot = nodes[node, HASH] & (len(slots) - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = node
