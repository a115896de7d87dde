"""Cheats with time: parts of the way left out, hidden or turned round, other films, and no film at all.

Each is told in two degrees. Mild: what is left out is two moves or three, a frame or two hide it, things dissolve for
six frames and can be half seen. Gross: half of the way, everything, for fifteen frames and more.
"""

import itertools

import numpy as np

from puzzlereel.renderers.film import Video
from puzzlereel.verifiers.redteam.staging import (
    ILLEGIBLE,
    LONG,
    SHORT,
    SKIPPED,
    WRONG_END,
    WRONG_SCENERY,
    Faked,
    Kind,
    Stage,
    mixture,
)


def teleport(stage: Stage, gross: bool) -> Faked | None:
    """The film cuts from one board to a later one."""
    if (gap := stage.gap(2, wide=gross)) is None:
        return None
    first, last = gap
    begin = stage.up_to(first)
    return stage.spliced([begin, stage.onwards(last)], len(begin))


def end_without_the_way(stage: Stage, gross: bool) -> Faked | None:
    """The last board follows at once, in the film's own style; mildly, after the first half of the way."""
    first = 0 if gross else stage.middle
    if not stage.is_far(first, stage.count - 1):
        return None
    return stage.told([*stage.boards[: first + 1], stage.boards[-1]], first + 1)


def solved_from_the_second_frame(stage: Stage, gross: bool) -> Faked | None:
    """The first frame is honest; mildly, a second one is a mixture of both boards."""
    if not stage.is_far(0, stage.count - 1):
        return None
    first, last = stage.frames[:1], stage.frames[-1:]
    between = [] if gross else [mixture(first, last, 0.5)]
    return stage.spliced([first, *between, np.repeat(last, len(stage.frames) - 1, axis=0)], 1)


def frozen(stage: Stage, gross: bool) -> Faked:
    """Nothing moves; mildly, only after a third of the way."""
    stop = 0 if gross else stage.count // 3
    still = stage.resting(stop, len(stage.frames) - stage.at(stop))
    return stage.spliced([stage.frames[: stage.at(stop)], still], stage.at(stop) + (1 if stage.glides else stage.hold))


def stops_short(stage: Stage, gross: bool) -> Faked:
    """The last move is left out; grossly, the last half."""
    stop = stage.middle if gross else stage.count - 2
    still = stage.resting(stop, len(stage.frames) - stage.at(stop))
    return stage.spliced([stage.frames[: stage.at(stop)], still], stage.at(stop) + (1 if stage.glides else stage.hold))


def backwards(stage: Stage, gross: bool) -> Faked:
    """The whole film; mildly, it begins with the first board, and then goes back to it from the last one."""
    if gross:
        return stage.spliced([stage.frames[::-1]], 0)
    begin = stage.frames[: stage.hold if not stage.glides else 1]
    return stage.spliced([begin, stage.frames[::-1]], len(begin))


def another_level(stage: Stage, gross: bool) -> Faked | None:
    """The film of another level; mildly, it goes on from the middle of the right one."""
    other = stage.scene.other
    if other is None or other.boards[0] == stage.boards[0]:
        return None
    film = stage.filmed(other.boards)
    if gross:
        return Faked(film, 0)
    begin = stage.up_to(stage.middle)
    return stage.spliced([begin, film.frames[stage.hold * (len(other.boards) // 2) :]], len(begin))


def shuffled(stage: Stage, gross: bool) -> Faked | None:
    """All frames but the first in any order; mildly, two boards change places."""
    count = len(stage.frames)
    if gross:
        dice = np.random.default_rng(stage.scene.rng.getrandbits(64))
        order = np.concatenate([[0], 1 + dice.permutation(count - 1)])
        frames = stage.frames[order]
        since = next((t for t in range(count) if not np.array_equal(frames[t], stage.frames[t])), None)
        return None if since is None else stage.spliced([frames], since)
    if (gap := stage.gap(2, wide=False)) is None or (first := gap[0]) + 3 > stage.count:
        return None
    parts = [stage.frames[stage.at(number) : stage.at(number + 1)] for number in (first + 2, first + 1)]
    begin = stage.up_to(first)
    return stage.spliced([begin, *parts, stage.onwards(first + 2)], len(begin))


def noise(stage: Stage, gross: bool) -> Faked:
    """Nothing else is seen; mildly, from the middle on."""
    since = 0 if gross else stage.at(stage.middle)
    return stage.spliced([stage.frames[:since], _noise(stage, len(stage.frames) - since)], since)


def _noise(stage: Stage, frames: int) -> Video:
    dice = np.random.default_rng(stage.scene.rng.getrandbits(64))
    return dice.integers(0, 256, (frames, *stage.frames.shape[1:]), dtype=np.uint8)


def _covered(stage: Stage, above: Video, gross: bool, opacity: float) -> Faked:
    """The film stops in its middle, is covered, and goes on; grossly, it went on meanwhile."""
    at, length = stage.at(stage.middle), len(above)
    if gross:
        begin, end = at, min(at + length, len(stage.frames))
        below = stage.frames[begin:end]
    else:
        begin, end = at + 1, at + 1
        below = stage.resting(stage.middle, length)
    covered = mixture(below, above[: len(below)], opacity)
    return stage.spliced([stage.frames[:begin], covered, stage.frames[end:]], begin)


def _plain(stage: Stage, gross: bool, colour: object) -> Video:
    above = np.empty((LONG if gross else SHORT, *stage.frames.shape[1:]), np.uint8)
    above[:] = colour
    return above


def dissolved(stage: Stage, gross: bool) -> Faked:
    """The board becomes the mean of its colours, and comes back; mildly, less than a third of it can be seen."""
    mean = stage.frames[0].mean((0, 1)).astype(np.uint8)
    return _covered(stage, _plain(stage, gross, mean), gross, 1.0 if gross else 0.7)


def blackout(stage: Stage, gross: bool) -> Faked:
    """The picture is black for a while."""
    return _covered(stage, _plain(stage, gross, 0), gross, 1.0)


def noise_burst(stage: Stage, gross: bool) -> Faked:
    """The picture is noise for a while; mildly, the board can be guessed behind it."""
    above = _noise(stage, LONG if gross else SHORT)
    return _covered(stage, above, gross, 1.0 if gross else 0.7)


def behind_a_flicker(stage: Stage, gross: bool) -> Faked | None:
    """A cut over two moves, and one frame half as bright there; grossly, over half of the way, and two white frames."""
    if (gap := stage.gap(2, wide=gross)) is None:
        return None
    first, last = gap
    begin = stage.up_to(first)
    flash = np.full_like(stage.resting(last, 2), 255) if gross else stage.resting(last, 1) // 2
    return stage.spliced([begin, flash, stage.onwards(last)], len(begin))


def behind_a_freeze(stage: Stage, gross: bool) -> Faked | None:
    """The film stands still, and then is where it would have been, as if frames had been dropped."""
    if (gap := stage.gap(2, wide=gross)) is None:
        return None
    first, last = gap
    still = stage.resting(first, stage.at(last) - stage.at(first) - 1)
    begin = stage.up_to(first)
    since = stage.at(first) + (1 if stage.glides else stage.hold)
    return stage.spliced([begin, still, stage.onwards(last)], since)


def behind_a_dissolve(stage: Stage, gross: bool) -> Faked | None:
    """A cross-fade of five frames over a few moves; grossly, of ten frames, over half of the way."""
    length = 10 if gross else 5
    least = length + 2 if not stage.scene.walker else 3
    if (gap := stage.gap(least, wide=gross)) is None:
        return None
    first, last = gap
    return _cross_faded(stage, first, last, length)


def _cross_faded(stage: Stage, first: int, last: int, length: int) -> Faked:
    before, after = stage.resting(first, 1), stage.resting(last, 1)
    between = [mixture(before, after, share) for share in np.linspace(0, 1, length + 2)[1:-1]]
    begin = stage.up_to(first)
    return stage.spliced([begin, *between, stage.onwards(last)], len(begin))


def solved_cross_faded(stage: Stage, gross: bool) -> Faked | None:
    """After a third of the way, the solved board is faded in: mildly over 20 frames, grossly over 5."""
    first, last = stage.count // 3, stage.count - 1
    if last - first < 4 or not stage.is_far(first, last):
        return None
    return _cross_faded(stage, first, last, 5 if gross else 20)


def solved_and_undone(stage: Stage, gross: bool) -> Faked:
    """After the end, the board before it is there again: mildly for 3 frames, grossly for 15."""
    again = stage.resting(stage.count - 2, LONG if gross else 3)
    return stage.spliced([stage.frames, again], len(stage.frames))


def mirrored(stage: Stage, gross: bool) -> Faked | None:
    """Left and right are exchanged, and everything else is right; mildly, from the second frame on."""
    begin = 0 if gross else 1
    frames = np.ascontiguousarray(stage.frames[:, :, ::-1])
    if np.array_equal(frames[begin], stage.frames[begin]):
        return None
    return stage.spliced([stage.frames[:begin], frames[begin:]], begin)


def hurried(stage: Stage, gross: bool) -> Faked | None:
    """Two moves from each frame to the next; mildly, over four moves of the way only."""
    if stage.count < 8:
        return None
    first = 0 if gross else stage.middle - 2
    last = stage.count - 1 if gross else first + 4
    numbers = [*range(first, last, 2), last]
    if not any(stage.is_far(*pair) for pair in itertools.pairwise(numbers)):
        return None
    begin = stage.up_to(first)
    steps = [stage.resting(number, 1) for number in numbers[1:-1]]
    far = next(at for at, pair in enumerate(itertools.pairwise(numbers)) if stage.is_far(*pair))
    return stage.spliced([begin, *steps, stage.onwards(last)], len(begin) + far)


WAYS = (
    Kind(teleport, SKIPPED),
    Kind(end_without_the_way, SKIPPED),
    Kind(solved_from_the_second_frame, SKIPPED),
    Kind(frozen, WRONG_END),
    Kind(stops_short, WRONG_END),
    Kind(backwards, SKIPPED | WRONG_SCENERY),
    Kind(another_level, SKIPPED | WRONG_SCENERY | ILLEGIBLE),
    Kind(shuffled, SKIPPED),
    Kind(noise, ILLEGIBLE),
    Kind(dissolved, ILLEGIBLE | SKIPPED),
    Kind(blackout, ILLEGIBLE | SKIPPED),
    Kind(noise_burst, ILLEGIBLE | SKIPPED),
    Kind(behind_a_flicker, SKIPPED | ILLEGIBLE),
    Kind(behind_a_freeze, SKIPPED),
    Kind(behind_a_dissolve, SKIPPED),
    Kind(solved_cross_faded, SKIPPED),
    Kind(solved_and_undone, SKIPPED | WRONG_END),
    Kind(mirrored, WRONG_SCENERY | SKIPPED),
    Kind(hurried, SKIPPED),
)
