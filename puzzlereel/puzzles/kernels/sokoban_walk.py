"""From pushes to moves: the ways of the player, and of all solutions with the fewest pushes one with the fewest moves.

    node ── walk to the cell behind a box, push ──► node ── walk, push ──► … ──► solved
            └────────── an exit ──────────┘

Going backward from the solved nodes, every node on a shortest way learns its exits and what each costs in moves to the
end; then the cheapest is taken, from the start on.
"""

import numpy as np
from jaxtyping import Int32, Int64, UInt8

from puzzlereel.puzzles.kernels import kernel
from puzzlereel.puzzles.kernels.sokoban import BOXES, HASH, PARENT, PUSH, REST, SPENT, find, list_moved
from puzzlereel.puzzles.kernels.sokoban_prune import BLOCKED, DESK, QUEUE, SEEN
from puzzlereel.puzzles.kernels.sokoban_room import MARK, NEAR, inner

CELL, COST, NEXT, AFTER, WAY = range(5)
"""The columns of the exits: where the player stands to push, moves to the end from there, the next exit of the same
node or -1, the node after the push, and the push."""
EXIT = 5
FAR = 1 << 40


@kernel
def pushes_to(nodes: Int32[np.ndarray, "capacity columns"], node: int) -> Int32[np.ndarray, " pushes"]:
    """The pushes that led to a node."""
    pushes = np.empty(nodes[node, SPENT], np.int32)
    for n in range(len(pushes) - 1, -1, -1):
        pushes[n] = nodes[node, PUSH]
        node = nodes[node, PARENT]
    return pushes


@kernel
def moves_of(
    room: Int32[np.ndarray, "cells+1 16"],
    boxes: Int32[np.ndarray, " boxes"],
    player: int,
    pushes: Int32[np.ndarray, " pushes"],
) -> UInt8[np.ndarray, " moves"]:
    """The moves that make some pushes with the shortest walks between them: directions, and 4 more where they push."""
    cells = len(room) - 1
    desk, costs = np.zeros((DESK, cells + 1), np.int32), np.empty(cells + 1, np.int64)
    desk[SEEN, cells] = BLOCKED
    for n in range(len(boxes)):
        desk[SEEN, boxes[n]] = BLOCKED
    moves, count = np.empty(64, np.uint8), 0
    for n in range(len(pushes)):
        box, direction = pushes[n] >> 2, pushes[n] & 3
        _start(room, desk, costs, room[box, NEAR + (direction ^ 1)], player)
        if count + costs[player] + 1 > len(moves):
            more = np.empty((count + costs[player] + 1) * 2, np.uint8)
            for move in range(count):
                more[move] = moves[move]
            moves = more
        while costs[player]:
            way = 0
            while costs[room[player, NEAR + way]] != costs[player] - 1:
                way += 1
            player = room[player, NEAR + way]
            moves[count] = way
            count += 1
        moves[count] = 4 + direction
        count += 1
        player = box
        desk[SEEN, box], desk[SEEN, room[box, NEAR + direction]] = 0, BLOCKED
    return moves[:count]


@inner
def _start(
    room: Int32[np.ndarray, "cells+1 16"],
    desk: Int32[np.ndarray, "7 cells+1"],
    costs: Int64[np.ndarray, " cells+1"],
    start: int,
    goal: int,
) -> None:
    """Sets the costs of all cells to those of walking to a first one, as far as they are less than those of a goal."""
    for cell in range(len(costs)):
        costs[cell] = FAR
    _spread(room, desk, costs, start, 0, goal)


@inner
def _spread(
    room: Int32[np.ndarray, "cells+1 16"],
    desk: Int32[np.ndarray, "7 cells+1"],
    costs: Int64[np.ndarray, " cells+1"],
    start: int,
    cost: int,
    goal: int,
) -> None:
    """Lowers the costs of cells, up to a goal, to what it costs to walk to a first one and what that costs itself."""
    if costs[start] <= cost:
        return
    desk[QUEUE, 0], costs[start] = start, cost
    done, found = 0, 1
    while done < found and desk[QUEUE, done] != goal:
        cell = desk[QUEUE, done]
        done += 1
        for direction in range(4):
            other = room[cell, NEAR + direction]
            if desk[SEEN, other] != BLOCKED and costs[cell] + 1 < costs[other]:
                costs[other] = costs[cell] + 1
                desk[QUEUE, found] = other
                found += 1


@kernel
def best_pushes(
    room: Int32[np.ndarray, "cells+1 16"],
    nodes: Int32[np.ndarray, "capacity columns"],
    slots: Int32[np.ndarray, " slots"],
    stored: int,
    most: int,
) -> Int32[np.ndarray, " pushes"]:
    """The pushes of a solution with the fewest moves; all nodes of all solutions of `most` pushes are stored."""
    cells, boxes = len(room) - 1, nodes.shape[1] - BOXES
    desk, costs = np.zeros((DESK, cells + 1), np.int32), np.empty(cells + 1, np.int64)
    desk[SEEN, cells] = BLOCKED
    exits, first, queue = np.empty((256, EXIT), np.int32), np.full(stored, -1, np.int32), np.empty(stored, np.int32)
    done, found, count = 0, 0, 0
    for node in range(stored):
        if nodes[node, REST] == 0:
            queue[found] = node
            found += 1
    while done < found:
        if count + 4 * boxes > len(exits):
            exits = _doubled(exits, 4 * boxes)
        found, count = _find_exits(room, nodes, slots, desk, costs, exits, first, queue, queue[done], found, count)
        done += 1
    pushes, node, player = np.empty(most, np.int32), 0, nodes[0, PUSH] >> 2
    for n in range(most):
        exit = _best_exit(room, nodes, desk, costs, exits, first, node, player)
        pushes[n], node, player = exits[exit, WAY], exits[exit, AFTER], exits[exit, WAY] >> 2
    return pushes


@inner
def _find_exits(
    room: Int32[np.ndarray, "cells+1 16"],
    nodes: Int32[np.ndarray, "capacity columns"],
    slots: Int32[np.ndarray, " slots"],
    desk: Int32[np.ndarray, "7 cells+1"],
    costs: Int64[np.ndarray, " cells+1"],
    exits: Int32[np.ndarray, "exits 5"],
    first: Int32[np.ndarray, " stored"],
    queue: Int32[np.ndarray, " stored"],
    node: int,
    found: int,
    count: int,
) -> tuple[int, int]:
    """Adds the exits that lead to a node whose own are all known, and queues the nodes that have them; the numbers of
    nodes queued and of exits then."""
    _put_boxes(nodes, desk, node, True)
    for cell in range(len(costs)):
        costs[cell] = 0 if nodes[node, REST] == 0 else FAR
    exit = first[node]
    while exit >= 0:
        _spread(room, desk, costs, exits[exit, CELL], exits[exit, COST], len(room) - 1)
        exit = exits[exit, NEXT]
    for n in range(nodes.shape[1] - BOXES):
        for direction in range(4):
            before = _before(room, nodes, slots, desk, node, n, direction)
            if before >= 0:
                if first[before] < 0:
                    queue[found] = before
                    found += 1
                cell = room[nodes[node, BOXES + n] >> 4, NEAR + (direction ^ 1)]
                exits[count, CELL], exits[count, COST] = room[cell, NEAR + (direction ^ 1)], costs[cell] + 1
                exits[count, NEXT], exits[count, AFTER] = first[before], node
                exits[count, WAY], first[before] = cell * 4 + direction, count
                count += 1
    _put_boxes(nodes, desk, node, False)
    return found, count


@inner
def _best_exit(
    room: Int32[np.ndarray, "cells+1 16"],
    nodes: Int32[np.ndarray, "capacity columns"],
    desk: Int32[np.ndarray, "7 cells+1"],
    costs: Int64[np.ndarray, " cells+1"],
    exits: Int32[np.ndarray, "exits 5"],
    first: Int32[np.ndarray, " stored"],
    node: int,
    player: int,
) -> int:
    """The exit of a node that costs the fewest moves for a player on a cell."""
    _put_boxes(nodes, desk, node, True)
    _start(room, desk, costs, player, len(room) - 1)
    _put_boxes(nodes, desk, node, False)
    best, least, exit = first[node], FAR, first[node]
    while exit >= 0:
        cost = costs[exits[exit, CELL]] + exits[exit, COST]
        if cost < least:
            best, least = exit, cost
        exit = exits[exit, NEXT]
    return int(best)


@kernel
def _doubled(exits: Int32[np.ndarray, "exits 5"], more: int) -> Int32[np.ndarray, "exits2 5"]:
    """The same exits with room for as many again and some more."""
    larger = np.empty((len(exits) * 2 + more, EXIT), np.int32)
    for exit in range(len(exits)):
        for column in range(EXIT):
            larger[exit, column] = exits[exit, column]
    return larger


@inner
def _before(
    room: Int32[np.ndarray, "cells+1 16"],
    nodes: Int32[np.ndarray, "capacity columns"],
    slots: Int32[np.ndarray, " slots"],
    desk: Int32[np.ndarray, "7 cells+1"],
    node: int,
    n: int,
    direction: int,
) -> int:
    """The node one push before, from which a box came in a direction; -1 where that is none."""
    side = direction ^ 1
    box = nodes[node, BOXES + n] >> 4
    cell = room[box, NEAR + side]
    if not nodes[node, BOXES + n] >> side & 1 or desk[SEEN, room[cell, NEAR + side]] == BLOCKED:
        return -1
    mark = nodes[node, HASH] ^ room[box, MARK] ^ room[cell, MARK]
    before = slots[find(nodes, slots, desk, mark, list_moved(nodes, desk, node, n, cell), side)]
    return before if before >= 0 and nodes[before, SPENT] == nodes[node, SPENT] - 1 else -1


@inner
def _put_boxes(
    nodes: Int32[np.ndarray, "capacity columns"], desk: Int32[np.ndarray, "7 cells+1"], node: int, are_there: bool
) -> None:
    """Puts the boxes of a node in the way of floods, or takes them out of it."""
    for place in range(BOXES, nodes.shape[1]):
        desk[SEEN, nodes[node, place] >> 4] = BLOCKED if are_there else 0
