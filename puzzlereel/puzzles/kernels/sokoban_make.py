"""The generator of Sokoban levels: boxes are pulled away from their targets, in all ways at once.

    solved ──pull──► all states one pull away ──pull──► two pulls away ──► …

A room and targets are drawn; the search goes backward, breadth first, from every part of the room that the player could
stand in when all boxes are home. So the pulls to a state are as many as the pushes that solve it, and no fewer do. Up
to four boxes stand in one key, seven bits each, in order; what is known of a key is a set of cells: the parts of the
room from which the search went on with the boxes so. A set of cells is two words of 64 bits.
"""

import numpy as np
from jaxtyping import Int32, Int64, UInt8, UInt64

from puzzlereel.puzzles.kernels import kernel
from puzzlereel.puzzles.kernels.sokoban_room import BOX, GLYPHS, OPEN, PLAYER, TARGET, inner
from puzzlereel.puzzles.kernels.sokoban_shapes import draw_room, pick

NEW_LINE = ord("\n")
FLOOR, LEFT, RIGHT = range(3)
"""The rows of the masks: the floor, and the cells with a neighbour to the left and with one to the right."""
ONE, SIXTY_FOUR = np.uint64(1), np.uint64(64)
KEY, CELL, CAME, WAY = range(4)
"""The columns of the states: the boxes, a cell of the player's part of the room, the state that was pulled from or -1,
and the push back to it: the cell of the box, times 4, and the direction."""


@kernel
def make_level(
    dice: UInt64[np.ndarray, "1"],
    rows: Int64[np.ndarray, " rows"],
    columns: Int64[np.ndarray, " columns"],
    boxes: Int64[np.ndarray, " boxes"],
    shapes: Int64[np.ndarray, " shapes"],
    walls: int,
    least: int,
    most: int,
    states: int,
    tries: int,
) -> tuple[UInt8[np.ndarray, " text"], Int32[np.ndarray, " pushes"], int]:
    """The text of a fresh level, pushes that solve it, none fewer, and in how many rooms it was sought.

    Of the sizes, box counts and shapes given one each is drawn a room. The level takes from `least` to `most` pushes;
    text and pushes are empty where none was found in `tries` rooms or in rooms of `states` states in all.
    """
    used = 0
    while used < tries and states > 0:
        used += 1
        height, width = rows[pick(dice, len(rows))], columns[pick(dice, len(columns))]
        count, shape = boxes[pick(dice, len(boxes))], shapes[pick(dice, len(shapes))]
        floor = draw_room(dice, height - 2, width - 2, shape, walls)
        key = _draw_targets(dice, floor, count)
        if key >= 0:
            masks, wanted = _masks(floor), least + pick(dice, most - least + 1)
            found, chosen = _pull_back(dice, masks, width - 2, key, count, least, wanted, states)
            states -= len(found)
            if chosen >= 0:
                text = _write(dice, floor, masks, key, count, found[chosen, KEY], found[chosen, CELL])
                return text, _way_home(found, chosen, width - 2), used
    return np.empty(0, np.uint8), np.empty(0, np.int32), used


@kernel
def _masks(floor: UInt8[np.ndarray, "height width"]) -> UInt64[np.ndarray, "3 2"]:
    """A room as sets of cells."""
    height, width = floor.shape
    masks = np.zeros((3, 2), np.uint64)
    for cell in range(height * width):
        row, column = cell // width, cell % width
        if floor[row, column]:
            masks[FLOOR, cell >> 6] |= _bit(cell)
        if column > 0:
            masks[LEFT, cell >> 6] |= _bit(cell)
        if column < width - 1:
            masks[RIGHT, cell >> 6] |= _bit(cell)
    return masks


@inner
def _bit(cell: int) -> np.uint64:
    return ONE << np.uint64(cell & 63)


@kernel
def _draw_targets(dice: UInt64[np.ndarray, "1"], floor: UInt8[np.ndarray, "height width"], count: int) -> int:
    """The key of some cells of a room, drawn; -1 where it has too few."""
    height, width = floor.shape
    cells, size, key = np.empty(height * width, np.int64), 0, 0
    for cell in range(height * width):
        if floor[cell // width, cell % width]:
            cells[size] = cell
            size += 1
    if size < 2 * count + 2:
        return -1
    for n in range(count):
        place = n + pick(dice, size - n)
        cells[n], cells[place] = cells[place], cells[n]
        key = _moved(key, n, -1, cells[n])
    return key


@inner
def _moved(key: int, count: int, cell: int, onto: int) -> int:
    """The key with a box on another cell."""
    moved, shift, is_placed = 0, 0, False
    for n in range(count):
        box = key >> 7 * n & 127
        if box != cell:
            if box > onto and not is_placed:
                moved |= onto << shift
                shift += 7
                is_placed = True
            moved |= box << shift
            shift += 7
    return moved if is_placed else moved | onto << shift


@inner
def _set_of(key: int, count: int) -> tuple[np.uint64, np.uint64]:
    """The cells of a key."""
    low = high = np.uint64(0)
    for n in range(count):
        box = key >> 7 * n & 127
        if box < 64:
            low |= _bit(box)
        else:
            high |= _bit(box)
    return low, high


@inner
def _part(masks: UInt64[np.ndarray, "3 2"], width: int, key: int, count: int, cell: int) -> tuple[np.uint64, np.uint64]:
    """The cells that the player can walk to from a cell."""
    boxes, more_boxes = _set_of(key, count)
    free, more_free = masks[FLOOR, 0] & ~boxes, masks[FLOOR, 1] & ~more_boxes
    low, high = (_bit(cell), np.uint64(0)) if cell < 64 else (np.uint64(0), _bit(cell))
    row, rest = np.uint64(width), SIXTY_FOUR - np.uint64(width)
    before = ~low
    if not more_free:
        while before != low:
            before = low
            low |= ((low & masks[LEFT, 0]) >> ONE) & free
            low |= ((low & masks[RIGHT, 0]) << ONE) & free
            low |= (low >> row) & free
            low |= (low << row) & free
        return low, high
    before_high = high
    while before != low or before_high != high:
        before, before_high = low, high
        left, more_left = low & masks[LEFT, 0], high & masks[LEFT, 1]
        low, high = low | ((left >> ONE | more_left << np.uint64(63)) & free), high | (more_left >> ONE & more_free)
        right, more_right = low & masks[RIGHT, 0], high & masks[RIGHT, 1]
        low, high = low | (right << ONE & free), high | ((more_right << ONE | right >> np.uint64(63)) & more_free)
        low, high = low | ((low >> row | high << rest) & free), high | (high >> row & more_free)
        low, high = low | (low << row & free), high | ((high << row | low >> rest) & more_free)
    return low, high


@kernel
def _pull_back(
    dice: UInt64[np.ndarray, "1"],
    masks: UInt64[np.ndarray, "3 2"],
    width: int,
    home: int,
    count: int,
    least: int,
    wanted: int,
    most: int,
) -> tuple[Int32[np.ndarray, "states 4"], int]:
    """The states up to `wanted` pulls away, as far as `most` of them lead, and one with all boxes off the targets.

    It is drawn among the farthest such states, and is -1 where none is at least `least` pulls away.
    """
    states, size, done, depth, end = np.empty((1024, 4), np.int32), 0, 0, 0, 0
    keys, known, used = np.full(512, -1, np.int32), np.zeros((512, 2), np.uint64), 1
    boxes, more_boxes = _set_of(home, count)
    for cell in range(128):
        if (masks[FLOOR, cell >> 6] & ~(boxes if cell < 64 else more_boxes)) >> np.uint64(cell & 63) & ONE:
            states[size, KEY], states[size, CELL], states[size, CAME], states[size, WAY] = home, cell, -1, -1
            size += 1
    keys[_slot(keys, home)] = home
    chosen, candidate, fitting, end = -1, -1, 0, size
    while done < size and done < most and depth <= wanted:
        if size + 4 * count > len(states):
            states = _longer(states)
        if 2 * (used + 4 * count) > len(keys):
            keys, known = _rehashed(keys, known)
        key, player = states[done, KEY], states[done, CELL]
        slot = _slot(keys, key)
        if not known[slot, player >> 6] >> np.uint64(player & 63) & ONE:
            low, high = _part(masks, width, key, count, player)
            known[slot, 0] |= low
            known[slot, 1] |= high
            if depth >= least and not _share(key, home, count):
                fitting += 1
                if pick(dice, fitting) == 0:
                    candidate = done
            if depth < wanted:
                size, used = _pull(masks, width, states, size, keys, known, used, done, count, low, high)
        done += 1
        if done in (end, most):
            chosen = candidate if candidate >= 0 else chosen
            candidate, fitting, end = -1, 0, size
            depth += 1
    return states[:size], chosen


@inner
def _share(key: int, home: int, count: int) -> bool:
    """Whether a box of a key is on a cell of another key."""
    boxes, more_boxes = _set_of(key, count)
    targets, more_targets = _set_of(home, count)
    return bool(boxes & targets) or bool(more_boxes & more_targets)


@inner
def _pull(
    masks: UInt64[np.ndarray, "3 2"],
    width: int,
    states: Int32[np.ndarray, "states 4"],
    size: int,
    keys: Int32[np.ndarray, " slots"],
    known: UInt64[np.ndarray, "slots 2"],
    used: int,
    state: int,
    count: int,
    low: np.uint64,
    high: np.uint64,
) -> tuple[int, int]:
    """Lists what pulling a box from a state leads to, unless it is known; how many states and keys there are then."""
    key = states[state, KEY]
    for n in range(count):
        box = key >> 7 * n & 127
        for direction in range(4):
            onto = _beside(masks, width, box, direction)
            if onto >= 0 and (low if onto < 64 else high) >> np.uint64(onto & 63) & ONE:
                back = _beside(masks, width, onto, direction)
                if back >= 0 and (low if back < 64 else high) >> np.uint64(back & 63) & ONE:
                    pulled = _moved(key, count, box, onto)
                    slot = _slot(keys, pulled)
                    if keys[slot] < 0:
                        keys[slot] = pulled
                        used += 1
                    if not known[slot, back >> 6] >> np.uint64(back & 63) & ONE:
                        states[size, KEY], states[size, CELL] = pulled, back
                        states[size, CAME], states[size, WAY] = state, onto * 4 + (direction ^ 1)
                        size += 1
    return size, used


@inner
def _beside(masks: UInt64[np.ndarray, "3 2"], width: int, cell: int, direction: int) -> int:
    """The neighbour of a cell, -1 where there is none; below the last row it is some cell that is no floor."""
    if direction == 0:
        return cell - width
    if direction == 1:
        return cell + width if cell + width < 128 else -1
    mask = masks[LEFT if direction == 2 else RIGHT, cell >> 6]
    return cell + 2 * direction - 5 if mask >> np.uint64(cell & 63) & ONE else -1


@inner
def _slot(keys: Int32[np.ndarray, " slots"], key: int) -> int:
    """Where a key is, or where it can go."""
    slot = (key * 0x9E3779B1 >> 12) & (len(keys) - 1)
    while keys[slot] >= 0 and keys[slot] != key:
        slot = (slot + 1) & (len(keys) - 1)
    return slot


@kernel
def _longer(states: Int32[np.ndarray, "states 4"]) -> Int32[np.ndarray, "more 4"]:
    """The same states with room for as many again."""
    more = np.empty((2 * len(states), 4), np.int32)
    for state in range(len(states)):
        for column in range(4):
            more[state, column] = states[state, column]
    return more


@kernel
def _rehashed(
    keys: Int32[np.ndarray, " slots"], known: UInt64[np.ndarray, "slots 2"]
) -> tuple[Int32[np.ndarray, " more"], UInt64[np.ndarray, "more 2"]]:
    """The same keys and what is known of them, with room for four times as many."""
    more_keys, more_known = np.full(4 * len(keys), -1, np.int32), np.zeros((4 * len(keys), 2), np.uint64)
    for slot in range(len(keys)):
        if keys[slot] >= 0:
            place = _slot(more_keys, keys[slot])
            more_keys[place] = keys[slot]
            more_known[place, 0], more_known[place, 1] = known[slot, 0], known[slot, 1]
    return more_keys, more_known


@kernel
def _write(
    dice: UInt64[np.ndarray, "1"],
    floor: UInt8[np.ndarray, "height width"],
    masks: UInt64[np.ndarray, "3 2"],
    home: int,
    count: int,
    key: int,
    cell: int,
) -> UInt8[np.ndarray, " text"]:
    """The text of a level, border and all, with the player anywhere in the part of the room that a cell is in.

    It stands on no target, which it would hide from who sees the first frame alone, unless there are only targets.
    """
    height, width = floor.shape
    things = np.zeros((height + 2, width + 3), np.uint8)
    low, high = _part(masks, width, key, count, cell)
    for n in range(count):
        box, target = key >> 7 * n & 127, home >> 7 * n & 127
        things[box // width + 1, box % width + 1] |= BOX
        things[target // width + 1, target % width + 1] |= TARGET
    player, seen = cell, 0
    for place in range(height * width):
        row, column = place // width + 1, place % width + 1
        things[row, column] |= floor[row - 1, column - 1] * OPEN
        if (low if place < 64 else high) >> np.uint64(place & 63) & ONE and not things[row, column] & TARGET:
            seen += 1
            if pick(dice, seen) == 0:
                player = place
    things[player // width + 1, player % width + 1] |= PLAYER
    text = np.empty((height + 2) * (width + 3), np.uint8)
    for place in range(len(text)):
        row, column = place // (width + 3), place % (width + 3)
        text[place] = GLYPHS[things[row, column]] if column < width + 2 else NEW_LINE
    return text[:-1]


@kernel
def _way_home(states: Int32[np.ndarray, "states 4"], state: int, width: int) -> Int32[np.ndarray, " pushes"]:
    """The pushes that bring the boxes home: the place of the box in the text, times 4, and the direction."""
    pushes, count = np.empty(len(states), np.int32), 0
    while states[state, CAME] >= 0:
        cell = states[state, WAY] // 4
        pushes[count] = ((cell // width + 1) * (width + 3) + cell % width + 1) * 4 + states[state, WAY] % 4
        count += 1
        state = states[state, CAME]
    return pushes[:count].copy()
