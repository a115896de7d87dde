"""From one frame to the next: where the board lies now, and in what light.

The place is taken to be the same, and the light to be stronger or weaker only, where that explains the frame.
"""

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from puzzlereel.renderers.planes import View
from puzzlereel.renderers.sight.fit import (
    DAYLIGHT,
    MOST_OFF,
    Cells,
    Counts,
    Fitted,
    Light,
    fit,
    gain_of,
    light_of,
    look_at,
    off_by_cell,
    softened,
    steepness,
    trust,
)
from puzzlereel.renderers.sight.lens import CLIPPED
from puzzlereel.renderers.sight.looks import Lexicon
from puzzlereel.renderers.sight.nearest import off_by
from puzzlereel.renderers.sight.patches import PATCHES, Patches, Picture, Pose, middle, over_patches, picture_at

MOST_CLIPPED = 30.0
"""How much brighter or darker than can be seen a colour may have been, of 255."""
STEPS, MOST_STEPS, RELIT, RELIT_CLIPPED = 3, 9, 4, 30
"""In how many steps a board that has moved is followed, roughly and then finely, at most; and a light where it has not,
and where something is clipped."""
PASSES = 8
"""In how many steps it is found what a light clips that is the same for all colours."""
SETTLED = 3e-4
"""How little a light changes in the last step."""
STRICTLY = 1e4
"""How much more strongly than as a whole a light is held to adding nothing of one channel to another, at first."""
SIMPLER, RESTLESS = 1.1, 0.4
"""How much further off than usual, as a factor and of 255, cells may be where nothing has moved."""
TELLING = 1.5
"""How much further off than the others the cells that tell most may be, which may be those of things that move."""
SLOWLY = (1.05, 0.05)
"""By what factor, and by how much more, the best of late may become worse with every frame that is followed."""
LOST, JUMP = 6.0, 5
"""How far off cells are where a board is looked for further away, and in how many patches in each direction."""
LIGHTER = 0.3
"""How much further off, of 255, cells may be in a light that is only stronger or weaker."""
GAINS = (0.9, 0.8, 1.15)
"""How much dimmer or brighter a light is tried from, since what is clipped may hold it where it was."""
LEAST_STEADY = 0.02
"""How much a cell counts in which something walks, where it is asked where the board lies."""
EVENLY = 1.0
"""How far off, of 255, cells are in such a light where no other is tried."""
PLAINLY = 0.5
"""How much nearer a frame is in another light that shows in a few cells only."""
STILL = 1.5
"""How much further off two frames may be from each other than each from the board."""
MOVING = 4
"""How many cells things that move may change from one frame to the next."""


class Told(NamedTuple):
    """What the cells of a board tell of whether it has moved, or the light changed."""

    counts: Cells
    """How much each counts: what is rare counts more, what moves and is the only one of its look nothing, or 1
    where nothing is ever bent."""
    near: Cells
    """How far off it may be and still show what it is taken to show."""
    steady: Cells
    """How much each counts where it is asked where the board lies: what walks counts little."""

    def restless(self, change: Cells) -> float:
        """How far off the cells are on average, but for those that things that move have changed."""
        from puzzlereel.renderers.sight.restless import restless_of

        return restless_of(self.counts, self.near, change, MOVING)

    def unrest(self, change: Cells) -> float:
        """The same but for those that tell most of it, whether they are further off than they may be or not."""
        counts = self.counts.ravel()
        told = counts * change.ravel()
        rest = np.argsort(told)[:-MOVING]
        return float(told[rest].sum() / max(counts[rest].sum(), 1e-9))

    def calm(self, change: Cells, last: "Calm | None" = None) -> "Calm":
        still = self.unrest(change)
        rest = min(self.restless(change), TELLING * still + RESTLESS)
        return Calm(rest, still, min(rest, SLOWLY[0] * last.best + SLOWLY[1]) if last else rest)

    def simpler(self, simple: Fitted, other: Fitted) -> Fitted:
        """The simpler of two explanations, unless the other is clearly nearer."""
        off, less = (float(np.average(np.minimum(one.off, MOST_OFF), weights=self.counts)) for one in (simple, other))
        return other if less < off - LIGHTER else simple

    def lighter(self, same: Fitted, other: Fitted, wanted: Picture) -> Fitted:
        """The same light, unless the other is clearly nearer, and not only in a few cells that may have changed.

        Neither is looked at sharply: a frame between pixels has less contrast, as in another light.
        """
        offs = [_blurred(one.seen, wanted) for one in (same, other)]
        every, still = ([measure(off) for off in offs] for measure in (self.restless, self.unrest))
        return other if still[1] < still[0] - LIGHTER or every[1] < PLAINLY * every[0] else same


class Calm(NamedTuple):
    """How restless a board was when it was followed last, and how restless without the few cells that tell most."""

    rest: float
    still: float
    best: float
    """How restless it was at best, of late: what grows from frame to frame may be a board that drifts."""

    @property
    def enough(self) -> float:
        """How restless it may be where board and light are as they were in the frame before."""
        return SIMPLER * self.rest + RESTLESS

    @property
    def well(self) -> float:
        """How restless it may be where no other place is tried."""
        return SIMPLER * self.best + RESTLESS

    def stays(self, told: Told, change: Cells) -> bool:
        """Whether the board lies where it did: a few rare cells have changed at most, or the light has."""
        return told.unrest(change) <= SIMPLER * self.still + RESTLESS


def often_of(looks: Int[np.ndarray, "rows columns"]) -> Int[np.ndarray, "rows columns"]:
    """How many cells have the look of each cell."""
    from puzzlereel.renderers.sight.restless import write_often

    often = np.empty(looks.shape, np.int64)
    write_often(looks, often, int(looks.max()) + 1)
    return often


def rare_of(looks: Int[np.ndarray, "rows columns"], lexicon: Lexicon) -> Counts:
    """How much each patch tells of the light: more on a rare ground, least where something is that may move."""
    counts = often_of(looks) ** -0.5
    counts[lexicon.moves[looks]] = looks.size**-0.5
    return over_patches(counts.astype(np.float32))


def noise_of(short: Patches, looks: Int[np.ndarray, "rows columns"]) -> float:
    """How far off most cells are, beyond what those that look alike have in common."""
    from puzzlereel.renderers.sight.restless import write_apart

    apart = np.empty(looks.shape, np.float32)
    write_apart(short, looks, int(looks.max()) + 1, apart)
    return middle(apart)


def told_by(looks: Int[np.ndarray, "rows columns"], lexicon: Lexicon, *, is_stiff: bool = False) -> Told:
    """What a board of some looks tells; where things are never bent, those of which there is one tell as much."""
    from puzzlereel.renderers.sight.restless import write_told

    told = np.empty((3, *looks.shape), np.float32)
    write_told(looks, lexicon.moves, lexicon.walks, lexicon.near, (float(is_stiff), LEAST_STEADY), told)
    return Told(*told)


def is_still(seen: Patches, calm: Patches, enough: float) -> bool:
    """Whether too little is new since a frame in which nothing was elsewhere: at most what things that move change."""
    off = off_by(seen, calm)
    new = int(np.count_nonzero(off > STILL * enough))
    return new <= MOVING and 4 * new <= off.size


def completed(seen: Picture, turned: Picture, wanted: Picture) -> Picture:
    """Colours turned back, in which those that are too bright or dark to be seen may be what is wanted."""
    from puzzlereel.renderers.sight.pictures import write_completed

    whole = np.empty_like(seen)
    write_completed(seen.ravel(), turned.ravel(), wanted.ravel(), *CLIPPED, MOST_CLIPPED, whole.ravel())
    return whole


def follow(
    frame: View,
    wanted_in: Callable[[Light], Picture],
    pose: Pose,
    light: Light,
    rare: Counts,
    told: Told,
    enough: float,
    begin: Pose,
    *,
    stays: bool,
) -> Fitted:
    """The pose and light, near to those of the frame before, in which a frame comes nearest to what is wanted.

    `rare` says how much each patch tells of the light; what is as near as `enough`, by what is `told`,
    will do. `begin` is where the board lay first; `stays` says that it lies where it did.
    """
    wanted = wanted_in(light)
    dimmed = _dimmed(frame, wanted_in, pose, light, rare)
    if told.restless(dimmed.off) <= EVENLY:
        return dimmed
    strictly = partial(light_of, others=STRICTLY)
    here = _relit(frame, wanted, pose, light, rare, strictly)
    if light.is_simple:
        for start in (None, *(Light(light.mix * np.float32(gain), light.lift) for gain in GAINS)):
            strict = here if start is None else _relit(frame, wanted, pose, start, rare, strictly, light)
            if told.restless(strict.off) <= enough:
                here = strict
                break
        if told.restless(here.off) <= min(enough, EVENLY):
            return here
    best = told.simpler(here, _relit(frame, wanted, pose, light, rare, light_of))
    if stays or told.restless(best.off) <= enough:
        return best
    found = _moved(frame, wanted, pose, light, rare, told)
    if told.restless(found.off) > enough:  # from where it was last it is not found: a camera that shakes comes back
        found = min((found, _moved(frame, wanted, begin, light, rare, told)), key=lambda one: told.restless(one.off))
    there = [_relit(frame, wanted, found.pose, found.light, rare, finds, light) for finds in (strictly, light_of)]
    moved = told.lighter(lit(frame, wanted, found.pose, light), told.simpler(*there), wanted)
    return min((best, moved), key=lambda one: told.restless(_blurred(one.seen, wanted)))


def _moved(frame: View, wanted: Picture, pose: Pose, light: Light, rare: Counts, told: Told) -> Fitted:
    """The pose and light in which a frame comes nearest to what is wanted, from those on: roughly, then finely."""
    steady = over_patches(told.steady)
    found = fit(frame, wanted, pose, light, steps=STEPS, soft=1, stretch=False, steady=steady)
    if told.restless(found.off) > LOST:
        jumped = _jumped(frame, wanted, pose, light)
        found = fit(frame, wanted, jumped, light, steps=STEPS, stretch=False, steady=steady)
    finely = fit(frame, wanted, found.pose, found.light, steps=MOST_STEPS, rare=rare, steady=steady)
    return min((finely, found), key=lambda one: told.restless(one.off))


def lit(frame: View, wanted: Picture, pose: Pose, light: Light) -> Fitted:
    """A board in a pose and in a light."""
    seen = look_at(frame, pose, wanted.shape[0] // PATCHES, wanted.shape[1] // PATCHES, wanted)
    turned = completed(seen, light.turned_back(seen), wanted)
    return Fitted(pose, light, turned, off_by_cell(turned, wanted))


def _dimmed(frame: View, wanted_in: Callable[[Light], Picture], pose: Pose, light: Light, rare: Counts) -> Fitted:
    """The light, the same for all colours, in which a board in a pose comes nearest to what is wanted in that light.

    What is clipped tells nothing of it: what is seen so is known at once, what is wanted so when the light is.
    """
    wanted = wanted_in(DAYLIGHT)
    for _ in range(PASSES):
        seen = look_at(frame, pose, wanted.shape[0] // PATCHES, wanted.shape[1] // PATCHES, wanted)
        usual, shown = np.sqrt(9 + (0.5 * steepness(wanted)) ** 2), (seen > CLIPPED[0]) & (seen < CLIPPED[1])
        before = light
        for _ in range(RELIT):
            off = off_by_cell(np.where(shown, light.turned_back(seen), wanted), wanted)
            light = gain_of(seen, wanted, trust(off, usual) * rare * shown)
        wanted = wanted_in(light)
        if abs(light.mix[0, 0] - before.mix[0, 0]) < SETTLED:
            break
    return lit(frame, wanted, pose, light)


def _blurred(seen: Picture, wanted: Picture) -> Cells:
    """How far off cells are where neither is sharp: a frame between pixels is less sharp than what is wanted."""
    return off_by_cell(softened(seen, 1), softened(wanted, 1))


def _jumped(frame: View, wanted: Picture, pose: Pose, light: Light) -> Pose:
    """The pose, some whole patches from another in any direction, in which a frame comes nearest to what is wanted."""
    rows, columns = wanted.shape[0] // PATCHES, wanted.shape[1] // PATCHES
    corner = Pose(pose.top - pose.high, pose.left - pose.wide, pose.high, pose.wide)
    seen = light.turned_back(picture_at(frame, corner, rows + 2, columns + 2))
    height, width, _ = wanted.shape

    def off(jump: tuple[int, int]) -> float:
        down, across = (PATCHES + side for side in jump)
        return float(np.abs(seen[down : down + height, across : across + width] - wanted).mean())

    reach = range(-JUMP, JUMP + 1)
    down, across = min(product(reach, reach), key=off)
    return pose._replace(top=pose.top + down * pose.high / PATCHES, left=pose.left + across * pose.wide / PATCHES)


def _relit(
    frame: View,
    wanted: Picture,
    pose: Pose,
    light: Light,
    rare: Counts,
    finds: Callable[[Picture, Picture, Counts], Light],
    last: Light | None = None,
) -> Fitted:
    """The light in which a board in a pose comes nearest to what is wanted; `last` where it may not follow that."""
    seen = look_at(frame, pose, wanted.shape[0] // PATCHES, wanted.shape[1] // PATCHES, wanted)
    usual, found = np.sqrt(9 + (0.5 * steepness(wanted)) ** 2), light
    for turn in range(RELIT_CLIPPED):
        turned = found.turned_back(seen)
        reached = completed(seen, turned, wanted)
        if turn >= RELIT and np.array_equal(reached, turned):
            break
        counts = trust(off_by_cell(reached, wanted), usual) * rare
        before, found = found, finds(seen, wanted + turned - reached, counts)
        if np.abs(found.mix - before.mix).max() < SETTLED and np.abs(found.lift - before.lift).max() < 255 * SETTLED:
            break
    if not found.may_follow(last or light):
        found = last or light
    return lit(frame, wanted, pose, found)
