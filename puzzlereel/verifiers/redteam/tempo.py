"""What befalls the time of a film: frames repeated, dropped, shown at other rates; moves at other paces.

Each takes a film or a script, a strength in [0, 1], where 1 is the tolerance that is stated here, and a source of
chance. None of them lets anything move by more than one cell from one frame to the next where it did not before.
"""

from random import Random

import numpy as np

from puzzlereel.verifiers.redteam.filming import Beat, Film, Script, eased_phases, even_phases

FEWEST, MOST = 16, 241
"""The lengths of films, in frames."""
MOST_BYTES = 700 * 2**20
"""Beyond these no frame is shown again."""
REPEATED = 0.5
"""How many frames there are more, as a share of those that there were."""
DROPPED = 0.5
"""With which chance a frame is dropped where it may be."""


def faster_rate(film: Film, strength: float, rng: Random) -> Film:
    """The same time at more frames a second, up to 60 for 8, as players do it: frames are shown again."""
    count = len(film.frames)
    most = max(count, min(MOST, count * 60 // 8, MOST_BYTES // film.frames[0].nbytes))
    wanted = count + round((most - count) * strength)
    return film.picked(np.arange(wanted) * count // wanted)


def repeated(film: Film, strength: float, rng: Random) -> Film:
    """Frames at random places are there twice or more often."""
    count = len(film.frames)
    more = max(0, min(round(REPEATED * strength * count), min(MOST, MOST_BYTES // film.frames[0].nbytes) - count))
    return film.picked(np.array(sorted([*range(count), *(rng.randrange(count) for _ in range(more))])))


def dropped(film: Film, strength: float, rng: Random) -> Film:
    """Frames are missing, but for the first and the last, where the film still makes at most one move a frame."""
    kept = [0]
    for t in range(1, len(film.frames) - 1):
        spare = film.clock[t + 1] - film.clock[kept[-1]] <= 1
        if not (spare and rng.random() < DROPPED * strength):
            kept.append(t)
    return film.picked(np.array([*kept, len(film.frames) - 1]))


def _timed(script: Script, frames: int) -> Script:
    """The boards in so many frames, or one for each where that is more, a few of them at the end left over."""
    count = len(script.boards)
    hold = max(1, (frames - 2) // count)
    rest = max(1, frames - hold * (count - 1))
    return script._replace(beats=[Beat(1, even_phases(hold))] * (count - 1) + [Beat(rest)])


def longer(script: Script, strength: float, rng: Random) -> Script:
    now = script.frames
    return _timed(script, now + round(max(0, MOST - now) * strength))


def shorter(script: Script, strength: float, rng: Random) -> Script:
    """Down to as many frames as there are boards, which is a move a frame."""
    now, least = script.frames, max(FEWEST, len(script.boards))
    return _timed(script, now - round(max(0, now - least) * strength))


def eased(script: Script, strength: float, rng: Random) -> Script:
    """Moves start and end slowly, the more so the greater the strength."""
    beats = []
    for beat in script.beats:
        hold = len(beat.phases) + 1
        pairs = zip(even_phases(hold), eased_phases(hold), strict=True)
        beats.append(Beat(beat.rest, tuple((1 - strength) * even + strength * eased for even, eased in pairs)))
    return script._replace(beats=beats)


def paused(script: Script, strength: float, rng: Random) -> Script:
    """Things stand still at random moments, on their way from cell to cell too."""
    beats = []
    for beat in script.beats:
        phases: list[float] = []
        for phase in beat.phases:
            phases += [phase] * (1 + rng.randrange(4) * (rng.random() < 0.3 * strength))
        beats.append(Beat(beat.rest + rng.randrange(6) * (rng.random() < 0.3 * strength), tuple(phases)))
    return script._replace(beats=_within(beats))


def _within(beats: list[Beat]) -> list[Beat]:
    """Beats of which the last is shortened, as far as it goes, for the film not to get longer than films are."""
    over = max(0, sum(beat.frames for beat in beats) - MOST)
    return [*beats[:-1], Beat(max(1, beats[-1].rest - over))]
