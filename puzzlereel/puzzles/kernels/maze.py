"""Mazes as spanning trees of a grid of rooms, and shortest paths in the text of a maze.

    rooms  0 1 2    doors[room] & RIGHT: one may walk from the room to the next in its row
           3 4 5    doors[room] & DOWN: one may walk to the room below

The text of a maze has walls between the rooms: room (r, c) is the glyph in row 2r + 1, column 2c + 1.
"""

import numpy as np
from jaxtyping import Int32, Int64, UInt8, UInt64

from puzzlereel.puzzles.kernels import kernel
from puzzlereel.puzzles.kernels.dice import roll

RIGHT, DOWN = 1, 2
WILSON, DEPTH_FIRST, KRUSKAL = 0, 1, 2
WALL, FLOOR, GOAL, AGENT, NEW_LINE = (ord(glyph) for glyph in "# G@\n")
UP_DOWN_LEFT_RIGHT = np.frombuffer(b"UDLR", np.uint8)
FRAME, JOINED, FRESH = -2, -1, 0
MOST_WAYS = 10**18
"""Shortest paths are counted up to here."""


@kernel
def draw(
    dice: UInt64[np.ndarray, "1"],
    sides: Int64[np.ndarray, " sides"],
    carvings: Int64[np.ndarray, " carvings"],
    braid: int,
    least: int,
    most: int,
    tries: int,
) -> UInt8[np.ndarray, " text"]:
    """The text of a maze whose shortest path has `least` to `most` moves; empty after `tries` draws without one.

    A room with one door, a dead end, gets another one in `braid` of 100 cases.
    """
    for _ in range(tries):
        side = sides[roll(dice, len(sides))]
        doors = carve(dice, side, carvings[roll(dice, len(carvings))])
        if braid > 0:
            open_dead_ends(dice, doors, side, braid)
        start = roll(dice, side * side)
        goal = draw_goal(dice, doors, side, start, least, most)
        if goal >= 0:
            return write(doors, side, start, goal)
    return np.empty(0, np.uint8)


@kernel
def carve(dice: UInt64[np.ndarray, "1"], side: int, carving: int) -> UInt8[np.ndarray, " rooms"]:
    """The doors of a spanning tree."""
    doors = np.zeros(side * side, np.uint8)
    if carving == WILSON:
        carve_wilson(dice, side, doors)
    elif carving == DEPTH_FIRST:
        carve_depth_first(dice, side, doors)
    else:
        carve_kruskal(dice, side, doors)
    return doors


@kernel
def carve_many(dice: UInt64[np.ndarray, "1"], side: int, carving: int, times: int) -> int:
    """Carves spanning trees one after the other; a sum of their doors, so that none of them is optimised away."""
    total = 0
    for _ in range(times):
        total += int(carve(dice, side, carving)[0])
    return total


@kernel
def beside(room: int, side: int, onward: Int64[np.ndarray, "4"]) -> int:
    """Puts the rooms beside a room into `onward`; their number."""
    count = 0
    column = room % side
    if room >= side:
        onward[count] = room - side
        count += 1
    if room < side * (side - 1):
        onward[count] = room + side
        count += 1
    if column > 0:
        onward[count] = room - 1
        count += 1
    if column < side - 1:
        onward[count] = room + 1
        count += 1
    return count


@kernel
def open_door(doors: UInt8[np.ndarray, " rooms"], one: int, other: int) -> None:
    """Opens the door between two rooms beside each other."""
    first = min(one, other)
    doors[first] |= RIGHT if abs(one - other) == 1 else DOWN


@kernel
def has_door(doors: UInt8[np.ndarray, " rooms"], one: int, other: int) -> bool:
    """Whether the door between two rooms beside each other is open."""
    return bool(doors[min(one, other)] & (RIGHT if abs(one - other) == 1 else DOWN))


@kernel
def carve_wilson(dice: UInt64[np.ndarray, "1"], side: int, doors: UInt8[np.ndarray, " rooms"]) -> None:
    """Loop-erased random walks (Wilson 1996): every spanning tree is equally likely, whatever the first room.

    The rooms lie in a frame; a step onto the frame is drawn anew.
    """
    stride = side + 2
    steps = np.array((-stride, -1, 1, stride))
    after = np.full(stride * stride, FRAME, np.int8)
    for row in range(1, side + 1):
        after[row * stride + 1 : row * stride + side + 1] = FRESH
    after[(side // 2 + 1) * stride + side // 2 + 1] = JOINED
    for first in range(stride, stride * (side + 1)):
        place = first
        while after[place] >= FRESH:
            drawn = roll(dice, 4)
            if after[place + steps[drawn]] != FRAME:
                after[place] = drawn
                place += steps[drawn]
        place = first
        while after[place] >= FRESH:
            step = after[place]
            upper = place + min(0, steps[step])
            doors[upper - stride - 1 - 2 * (upper // stride - 1)] |= RIGHT if abs(steps[step]) == 1 else DOWN
            after[place] = JOINED
            place += steps[step]


@kernel
def carve_depth_first(dice: UInt64[np.ndarray, "1"], side: int, doors: UInt8[np.ndarray, " rooms"]) -> None:
    """Dig on to a random fresh room beside the last, and back where there is none: long corridors."""
    near = np.empty(4, np.int64)
    trail = np.empty(side * side, np.int64)
    seen = np.zeros(side * side, np.bool_)
    trail[0] = roll(dice, side * side)
    seen[trail[0]] = True
    length = 1
    while length > 0:
        room = trail[length - 1]
        fresh = 0
        for k in range(beside(room, side, near)):
            if not seen[near[k]]:
                near[fresh] = near[k]
                fresh += 1
        if fresh == 0:
            length -= 1
            continue
        onward = near[roll(dice, fresh)]
        open_door(doors, room, onward)
        seen[onward] = True
        trail[length] = onward
        length += 1


@kernel
def carve_kruskal(dice: UInt64[np.ndarray, "1"], side: int, doors: UInt8[np.ndarray, " rooms"]) -> None:
    """Doors in random order, opened where they join two parts (Kruskal 1956): many short dead ends."""
    places = np.empty(2 * side * (side - 1), np.int64)
    count = 0
    for room in range(side * side):
        if room % side < side - 1:
            places[count] = 2 * room
            count += 1
        if room < side * (side - 1):
            places[count] = 2 * room + 1
            count += 1
    parent = np.arange(side * side)
    for k in range(count):
        chosen = k + roll(dice, count - k)
        places[k], places[chosen] = places[chosen], places[k]
        one = places[k] // 2
        other = one + (1 if places[k] % 2 == 0 else side)
        first, second = part_of(parent, one), part_of(parent, other)
        if first != second:
            parent[first] = second
            open_door(doors, one, other)


@kernel
def part_of(parent: Int64[np.ndarray, " rooms"], room: int) -> int:
    """The room that stands for the part a room is in."""
    while parent[room] != room:
        parent[room] = parent[parent[room]]
        room = parent[room]
    return room


@kernel
def open_dead_ends(dice: UInt64[np.ndarray, "1"], doors: UInt8[np.ndarray, " rooms"], side: int, braid: int) -> None:
    """Opens one more door, any of the closed ones, in `braid` of 100 dead ends."""
    near = np.empty(4, np.int64)
    for room in range(side * side):
        count = beside(room, side, near)
        closed = 0
        for k in range(count):
            if not has_door(doors, room, near[k]):
                near[closed] = near[k]
                closed += 1
        if count - closed == 1 and closed > 0 and roll(dice, 100) < braid:
            open_door(doors, room, near[roll(dice, closed)])


@kernel
def draw_goal(
    dice: UInt64[np.ndarray, "1"], doors: UInt8[np.ndarray, " rooms"], side: int, start: int, least: int, most: int
) -> int:
    """Any of the rooms that are `least` to `most` moves away from the start, two moves a door; -1 where none is."""
    near = np.empty(4, np.int64)
    far = np.full(side * side, -1, np.int64)
    queue = np.empty(side * side, np.int64)
    queue[0], far[start] = start, 0
    done, count = 0, 1
    first = -1
    while done < count and 2 * far[queue[done]] <= most:
        room = queue[done]
        if first < 0 and far[room] > 0 and 2 * far[room] >= least:
            first = done
        done += 1
        for k in range(beside(room, side, near)):
            if far[near[k]] < 0 and has_door(doors, room, near[k]):
                far[near[k]] = far[room] + 1
                queue[count] = near[k]
                count += 1
    return queue[first + roll(dice, done - first)] if first >= 0 else -1


@kernel
def write(doors: UInt8[np.ndarray, " rooms"], side: int, start: int, goal: int) -> UInt8[np.ndarray, " text"]:
    """The text of a maze: walls everywhere but in the rooms and the open doors."""
    stride = 2 * side + 2
    text = np.full(stride * (2 * side + 1) - 1, WALL, np.uint8)
    for row in range(1, 2 * side + 1):
        text[row * stride - 1] = NEW_LINE
    for row in range(side):
        for column in range(side):
            room = row * side + column
            place = (2 * row + 1) * stride + 2 * column + 1
            text[place] = GOAL if room == goal else AGENT if room == start else FLOOR
            if doors[room] & RIGHT:
                text[place + 1] = FLOOR
            if doors[room] & DOWN:
                text[place + stride] = FLOOR
    return text


@kernel
def shortest_path(
    text: UInt8[np.ndarray, " text"], stride: int, start: int, goal: int
) -> tuple[UInt8[np.ndarray, " moves"], int, int]:
    """A shortest path between two places of a text, how many there are, and how many places were visited.

    The moves are letters; a path that does not exist is 0 ways. A new line ends each row of `stride` - 1 glyphs.
    """
    steps = np.array((-stride, stride, -1, 1))
    far = np.full(len(text), -1, np.int32)
    ways = np.zeros(len(text), np.int64)
    queue = np.empty(len(text), np.int32)
    queue[0], far[goal], ways[goal] = goal, 0, 1
    done, count = 0, 1
    while done < count and far[start] != far[queue[done]]:
        place = queue[done]
        done += 1
        for step in steps:
            near = place + step
            if near < 0 or near >= len(text) or text[near] == WALL or text[near] == NEW_LINE:
                continue
            if far[near] < 0:
                far[near] = far[place] + 1
                queue[count] = near
                count += 1
            if far[near] == far[place] + 1:
                ways[near] = min(MOST_WAYS, ways[near] + ways[place])
    moves = np.empty(max(0, far[start]), np.uint8)
    walk(far, steps, start, moves)
    return moves, ways[start], done


@kernel
def walk(
    far: Int32[np.ndarray, " text"], steps: Int64[np.ndarray, "4"], start: int, moves: UInt8[np.ndarray, " moves"]
) -> None:
    """Writes the moves that lead down the distances, the first in the order of the letters wherever there are two."""
    place = start
    for n in range(len(moves)):
        for k in range(4):
            near = place + steps[k]
            if 0 <= near < len(far) and far[near] == far[place] - 1:
                moves[n] = UP_DOWN_LEFT_RIGHT[k]
                place = near
                break
