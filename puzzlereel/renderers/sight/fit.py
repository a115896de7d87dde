"""Where the board lies in a frame, and in what light: a picture of what should be seen is laid over what is seen.

Both are pictures of patches. Where the board lies a little elsewhere, they differ by the slopes of the picture; where
the light is another, by its colours. Cells that show something else count little.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from puzzlereel.renderers.planes import View
from puzzlereel.renderers.sight.looks import TOLERANCE
from puzzlereel.renderers.sight.patches import PATCHES, Picture, Pose, middle, over_patches, picture_at, within

MOST_MIXED, MOST_MIXED_MORE = 0.4, 0.12
"""How much of one channel a light may add to another, all in all and from one frame to the next: more would turn the
colours of two flows into each other."""
Cells = Float32[np.ndarray, "rows columns"]
Counts = Float32[np.ndarray, "down across 1"]
MOST_LIGHT, LEAST_LEFT = 55.0, 0.65
"""How far the light may go from that of the first frame, of 255; how much of its contrast must be left."""
MOST_GAIN = 2.0
"""How much stronger or weaker a light is taken to have become at most, that is the same for all colours."""
MOST_OFF = 40.0
"""How far off quite another look is, of 255."""
PLAINER, BETTER = 0.8, 1.0
"""How near a calibrated film must be to the first board, as a share of how near one is that is taken to be as it was
drawn; and by how much of 255 it must be nearer: a codec's errors can be explained a little better by anything."""
SEEMING = 0.02
"""How far a board may seem to be from where it is, as a share of a cell."""
DONE = 0.0005
"""The step, as a share of a cell, after which no further one is taken."""
SIMPLE = 0.02
"""How much of one channel a light adds to another that is only stronger or weaker."""
RIDGE, OTHERS = 0.02, 4.0
"""How strongly a light is held to none where the colours seen do not tell; and how much more what it adds of one
channel to another."""


def steepness(picture: Picture) -> Cells:
    """How much each cell of a picture changes where it is laid a patch further, as the root of the mean square."""
    from puzzlereel.renderers.sight.pictures import write_steepness

    steep = np.empty((picture.shape[0] // PATCHES, picture.shape[1] // PATCHES), np.float32)
    write_steepness(np.ascontiguousarray(picture).reshape(len(picture), -1), steep)
    return steep


class Light(NamedTuple):
    """Colours as they would be in the light of the first frame: so much of red, green and blue, and of 255."""

    mix: Float32[np.ndarray, "3 3"]
    lift: Float32[np.ndarray, " 3"]

    def turned_back(self, seen: Float32[np.ndarray, "*others 3"]) -> Float32[np.ndarray, "*others 3"]:
        turned: Float32[np.ndarray, "pixels 3"] = seen.reshape(-1, 3) @ self.mix + self.lift
        return turned.reshape(seen.shape)

    @property
    def is_simple(self) -> bool:
        """Whether it adds next to nothing of one channel to another."""
        return bool(np.abs(self.mix[~np.eye(3, dtype=bool)]).max() < SIMPLE)

    def may_follow(self, last: "Light") -> bool:
        """Whether it mixes colours little enough for a light, and little more than the light before it did."""
        apart = ~np.eye(3, dtype=bool)
        mixed, before = self.mix[apart], last.mix[apart]
        more = np.where(np.abs(mixed) < np.abs(before), 0, np.abs(mixed - before))
        return bool(np.abs(mixed).max() < MOST_MIXED and more.max() < MOST_MIXED_MORE)

    def strength(self, picture: Picture) -> tuple[float, float]:
        """How far it takes the colours of a picture that was turned back, on average; how much contrast is left."""
        back = (picture - self.lift) @ np.linalg.inv(self.mix)
        contrast = back.std((0, 1)).max() / max(1.0, float(picture.std((0, 1)).max()))
        return float(np.abs(back - picture).mean()), float(contrast)

    def may_show(self, picture: Picture) -> bool:
        """Whether it is as near to that of the first frame as a light must be that shows what a picture shows."""
        far, contrast = self.strength(picture)
        return far <= MOST_LIGHT and LEAST_LEFT < contrast < 1 / LEAST_LEFT


DAYLIGHT = Light(np.eye(3, dtype=np.float32), np.zeros(3, np.float32))


def off_by_cell(seen: Picture, wanted: Picture) -> Cells:
    """How far each cell is off, as the root of the mean square."""
    from puzzlereel.renderers.sight.pictures import write_off_by_cell

    off = np.empty((seen.shape[0] // PATCHES, seen.shape[1] // PATCHES), np.float32)
    write_off_by_cell(np.ascontiguousarray(seen), np.ascontiguousarray(wanted), off)
    return off


def far_off(off: Cells, counts: Cells) -> float:
    """How far off cells are, each of which counts so much, and in which none is more off than quite another look."""
    return float(np.sqrt(np.average(np.square(np.minimum(off, MOST_OFF)), weights=counts)))


class Plainly(NamedTuple):
    """How near a film is to its first board that is taken to be as it was drawn."""

    off: Cells
    """How far off each cell is."""
    worst: float
    """How far off the nearest look is in the cell that is furthest off."""
    counts: Cells

    def is_further_than(self, found: Cells) -> bool:
        """Whether the cells of a calibrated film are so much nearer, or the worst of them alone.

        What shows quite another look either way, such as a sprite that keeps its look, tells nothing.
        """
        telling = self.counts * (np.minimum(self.off, found) < MOST_OFF)
        counts = telling if telling.any() else self.counts
        far = far_off(self.off, counts)
        if far_off(found, counts) <= min(PLAINER * far, far - BETTER):
            return True
        return bool(found.max() <= min(self.worst, TOLERANCE) < self.worst)


def trust(off: Cells, usual: float | Cells = 3.0) -> Counts:
    """How much each patch counts: cells that are off far more than most, and than is usual, count little."""
    counts = 1 / (1 + (off / np.maximum(usual, 2 * middle(off))) ** 2) ** 2
    return over_patches(counts.astype(np.float32))


def light_of(seen: Picture, wanted: Picture, counts: Counts, others: float = OTHERS) -> Light:
    """The light that turns what is seen into what is wanted, held to none at all."""
    from puzzlereel.renderers.sight.pictures import add_light

    square, right = np.zeros((4, 4)), np.zeros((4, 3))
    add_light(np.ascontiguousarray(seen), np.ascontiguousarray(wanted), counts[:, :, 0], square, right)
    unit = np.array((1 / 255, 1 / 255, 1 / 255, 1))
    square, right = (square * np.outer(unit, unit), right * unit[:, None] / 255)
    ridges = RIDGE**2 * np.array(
        [[others if other != channel else 1 for other in range(3)] + [0.25] for channel in range(3)]
    )
    held = square / square[3, 3] + ridges[:, :, None] * np.eye(4)
    found = np.linalg.solve(held, (right / square[3, 3]).T[:, :, None])[:, :, 0].T
    return Light(np.eye(3, dtype=np.float32) + found[:3].astype(np.float32), (255 * found[3]).astype(np.float32))


def gain_of(seen: Picture, wanted: Picture, counts: Picture) -> Light:
    """The light that turns what is seen into what is wanted, of those that are the same for all colours."""
    gain = float((counts * seen * wanted).sum() / max(float((counts * seen * seen).sum()), 1e-9))
    gain = min(max(gain, 1 / MOST_GAIN), MOST_GAIN)
    return Light(np.eye(3, dtype=np.float32) * np.float32(gain), np.zeros(3, np.float32))


class Slopes:
    """How a picture changes where it is laid a little elsewhere: downwards, to the right, and where it is stretched."""

    def __init__(self, picture: Picture, *, stretch: bool) -> None:
        height, width, _ = picture.shape
        self.cells = height // PATCHES, width // PATCHES
        down, across = np.gradient(picture, axis=(0, 1))
        ys, xs = (((np.arange(side) + 0.5) / side - 0.5).astype(np.float32) for side in (height, width))
        slopes = [down, across]
        if stretch:
            slopes += [down * ys[:, None, None], across * xs[None, :, None]]
        self.slopes = np.stack(slopes, 2).reshape(height * width, -1, 3)

    def nudge(self, pose: Pose, short: Picture, counts: Counts) -> Pose:
        """A pose in which what is seen would be less short of the picture: one step of Gauss and Newton."""
        every = counts.reshape(-1, 1)
        square, right = np.zeros((self.slopes.shape[1],) * 2), np.zeros(self.slopes.shape[1])
        for channel in range(3):
            weighted = self.slopes[:, :, channel] * every
            square += weighted.T @ self.slopes[:, :, channel]
            right += weighted.T @ short[:, :, channel].ravel()
        square += np.diag(1e-6 + 1e-4 * np.diag(square))
        found = np.clip(np.linalg.solve(square, right), -3, 3)
        down, across, taller, wider = (*(found / PATCHES), 0.0, 0.0)[:4]
        rows, columns = self.cells
        high, wide = pose.high * (1 + taller / rows), pose.wide * (1 + wider / columns)
        return Pose(
            float(pose.top + down * pose.high - rows * (high - pose.high) / 2),
            float(pose.left + across * pose.wide - columns * (wide - pose.wide) / 2),
            float(high),
            float(wide),
        )


def softened(picture: Picture, times: int) -> Picture:
    """A picture whose patches have been mixed with their neighbours so many times."""
    from puzzlereel.renderers.sight.pictures import write_softened

    for _ in range(times):
        sharp, picture = np.ascontiguousarray(picture), np.empty(picture.shape, np.float32)
        write_softened(sharp, picture)
    return picture


def is_near(pose: Pose, other: Pose) -> bool:
    """Whether two poses are of about the same place and size."""
    taller, wider = pose.high / other.high, pose.wide / other.wide
    apart = max(abs(pose.top - other.top) / other.high, abs(pose.left - other.left) / other.wide)
    return bool(0.75 < taller < 1.33 and 0.75 < wider < 1.33 and apart < 3)


def lies_at(pose: Pose, other: Pose) -> bool:
    """Whether two poses differ by no more than a camera that does not move may seem to."""
    return bool(np.abs(np.subtract(pose, other)).max() < SEEMING * other.high)


class Fitted(NamedTuple):
    pose: Pose
    light: Light
    seen: Picture
    """What is seen in that pose, turned back to the light that is wanted."""
    off: Cells


def look_at(frame: View, pose: Pose, rows: int, columns: int, wanted: Picture | None = None) -> Picture:
    """What is seen of so many cells in a pose; what lies beyond the frame is taken to be what is wanted."""
    seen = picture_at(frame, pose, rows, columns)
    if wanted is None:
        return seen
    top, left, bottom, right = pose.top, pose.left, pose.top + rows * pose.high, pose.left + columns * pose.wide
    if top < 0 or left < 0 or bottom > frame.shape[0] or right > frame.shape[1]:
        seen = np.where(within(frame, pose, rows, columns)[:, :, None], seen, wanted)
    return seen


def loss(off: Cells) -> float:
    """How far off a board is, in which cells that are far off count as a little off."""
    return float(np.minimum(off, 3 * np.median(off) + 3).mean())


def fit(
    frame: View,
    wanted: Picture,
    pose: Pose,
    light: Light,
    *,
    steps: int,
    soft: int = 0,
    stretch: bool = True,
    moves: bool = True,
    rare: Counts | None = None,
    steady: Counts | None = None,
) -> Fitted:
    """The pose and light in which a frame comes nearest to what is wanted, from those on; or the light in that pose.

    `rare` says how much each patch tells of the light, `steady` how much of the pose.
    """
    aim, begin = softened(wanted, soft), pose
    slopes, usual = Slopes(aim, stretch=stretch), np.sqrt(9 + ((0.5 + soft) * steepness(aim)) ** 2)
    cells = wanted.shape[0] // PATCHES, wanted.shape[1] // PATCHES
    for _ in range(steps):
        seen = softened(look_at(frame, pose, *cells, wanted), soft)
        lit = light.turned_back(seen)
        counts = trust(off_by_cell(lit, aim), usual)
        light = light_of(seen, aim, counts if rare is None else counts * rare)
        if not moves:
            continue
        steadily = counts if steady is None else counts * steady
        before, pose = pose, slopes.nudge(pose, aim - light.turned_back(seen), steadily)
        if np.abs(np.subtract(pose, before)).max() < DONE * pose.high:
            break
        if not is_near(pose, begin):
            pose, light = begin, DAYLIGHT
            break
    seen = light.turned_back(look_at(frame, pose, *cells, wanted))
    return Fitted(pose, light, seen, off_by_cell(seen, wanted))
