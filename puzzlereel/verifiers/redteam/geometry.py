"""What befalls the place of the board in a film: scaling, bars, crops, shifts, a camera that does not stand still.

Each takes a film, a strength in [0, 1], where 1 is the tolerance that is stated here, and a source of chance.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from jaxtyping import UInt8

from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.film import Video
from puzzlereel.verifiers.redteam.filming import Film

Resized = UInt8[np.ndarray, "frames new_height new_width 3"]
SMALLEST, LARGEST = 0.25, 3.0
"""How far films are scaled down and up."""
MOST_HEIGHT, MOST_WIDTH, MOST_BYTES = 1088, 1920, 600 * 2**20
"""Beyond these no film is scaled up."""
ASPECT = 0.1
BARS = 0.25
"""How much of the new height, or width, the bars above and below, or at the sides, take together."""
CROP, SHIFT = 0.03, 0.03
"""How much of the height and of the width is cut off, and by how much of them the picture is moved."""
LINES = 480
"""Of how many lines are the frames in which lengths are told in pixels."""
JITTER = 4.0
"""By how many pixels the camera shakes, at so many lines."""
DRIFT = 0.02
"""By how much of the frame the camera moves, or zooms, from the first frame to the last."""
FILTERS = ("BILINEAR", "BICUBIC", "LANCZOS", "BOX")


def each(frames: Video, change: Callable[[Frame], Frame]) -> Resized:
    """A change made to every frame, worked out once for those in a row that are the same."""
    first = change(frames[0])
    made = np.empty((len(frames), *first.shape), np.uint8)
    made[0] = first
    for t in range(1, len(frames)):
        made[t] = made[t - 1] if np.array_equal(frames[t], frames[t - 1]) else change(frames[t])
    return made


def resized(frames: Video, height: int, width: int, filter_name: str) -> Resized:
    """The film at another size."""
    from PIL import Image

    how = getattr(Image.Resampling, filter_name)
    if (height, width) == frames.shape[1:3]:
        return frames
    return each(frames, lambda frame: np.asarray(Image.fromarray(frame).resize((width, height), how)))


def _scaled(film: Film, down: float, right: float, rng: Random) -> Film:
    height, width = film.frames.shape[1:3]
    size = max(2, round(height * down)), max(2, round(width * right))
    return film.but(resized(film.frames, *size, rng.choice(FILTERS)))


def scaled_down(film: Film, strength: float, rng: Random) -> Film:
    factor = SMALLEST**strength
    return _scaled(film, factor, factor, rng)


def scaled_up(film: Film, strength: float, rng: Random) -> Film:
    _count, height, width, _ = film.frames.shape
    room = np.sqrt(MOST_BYTES / film.frames.nbytes)
    factor = min(LARGEST**strength, MOST_HEIGHT / height, MOST_WIDTH / width, max(1.0, float(room)))
    return _scaled(film, factor, factor, rng)


def stretched(film: Film, strength: float, rng: Random) -> Film:
    """Another aspect: the height or the width alone is scaled."""
    factor = 1 + rng.choice((-1, 1)) * ASPECT * strength
    return _scaled(film, factor, 1.0, rng) if rng.random() < 0.5 else _scaled(film, 1.0, factor, rng)


def _padded(film: Film, sides: tuple[int, int, int, int], rng: Random) -> Film:
    """The film with bars of so many pixels at the top, bottom, left and right."""
    count, height, width, _ = film.frames.shape
    top, bottom, left, right = sides
    black = rng.random() < 0.7
    colour = (0, 0, 0) if black else tuple(rng.randrange(256) for _ in range(3))
    made = np.empty((count, height + top + bottom, width + left + right, 3), np.uint8)
    made[:] = np.array(colour, np.uint8)
    made[:, top : top + height, left : left + width] = film.frames
    return film.but(made)


def _bars(length: int, strength: float, rng: Random) -> tuple[int, int]:
    """Two bars that take their share of what `length` becomes with them; mostly as wide as each other."""
    both = round(length * BARS * strength / (1 - BARS * strength))
    first = both // 2 if rng.random() < 0.6 else round(both * rng.random())
    return first, both - first


def letterboxed(film: Film, strength: float, rng: Random) -> Film:
    return _padded(film, (*_bars(film.frames.shape[1], strength, rng), 0, 0), rng)


def pillarboxed(film: Film, strength: float, rng: Random) -> Film:
    return _padded(film, (0, 0, *_bars(film.frames.shape[2], strength, rng)), rng)


def cropped(film: Film, strength: float, rng: Random) -> Film:
    """Rows and columns are cut off, from one side or both; the rest is scaled to the old size in half of the films."""
    _count, height, width, _ = film.frames.shape
    (top, bottom), (left, right) = (_cut(side, strength, rng) for side in (height, width))
    kept = np.ascontiguousarray(film.frames[:, top : height - bottom, left : width - right])
    if rng.random() < 0.5:
        return film.but(kept)
    return film.but(resized(kept, height, width, rng.choice(FILTERS[:3])))


def _cut(side: int, strength: float, rng: Random) -> tuple[int, int]:
    both = int(side * CROP * strength)
    first = rng.choice((0, both // 2, both))
    return first, both - first


def shifted(film: Film, strength: float, rng: Random) -> Film:
    """The picture is moved; what comes in is the colour of the first corner."""
    _count, height, width, _ = film.frames.shape
    down, right = (rng.choice((-1, 1)) * int(side * SHIFT * strength) for side in (height, width))
    made = np.empty_like(film.frames)
    made[:] = film.frames[0, 0, 0]
    made[:, max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)] = film.frames[
        :, max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)
    ]
    return film.but(made)


def moved(frame: Frame, down: float, right: float, zoom: float = 1.0) -> Frame:
    """A frame seen by a camera that has moved by so many pixels, edges drawn out, and zoomed in on the middle."""
    from PIL import Image

    height, width, _ = frame.shape
    room = 2 + int(np.ceil(max(abs(down), abs(right)) + max(height, width) * abs(1 - 1 / zoom)))
    around: UInt8[np.ndarray, "h w 3"] = np.pad(frame, ((room, room), (room, room), (0, 0)), mode="edge")
    # Pillow asks where in the old picture each pixel of the new one comes from.
    across = (1 / zoom, 0.0, room + right + width / 2 * (1 - 1 / zoom))
    along = (0.0, 1 / zoom, room + down + height / 2 * (1 - 1 / zoom))
    how: Any = Image.Transform.AFFINE
    picture = Image.fromarray(around).transform(
        (width, height), how, (*across, *along), resample=Image.Resampling.BILINEAR
    )
    return np.asarray(picture)


def jittered(film: Film, strength: float, rng: Random) -> Film:
    """The camera shakes from frame to frame, but for the first, by whole pixels in half of the films."""
    reach = JITTER * strength * film.frames.shape[1] / LINES
    whole = rng.random() < 0.5
    made = film.frames.copy()
    for t in range(1, len(made)):
        down, right = (rng.uniform(-reach, reach) for _ in range(2))
        made[t] = moved(film.frames[t], *((float(int(down)), float(int(right))) if whole else (down, right)))
    return film.but(made)


def panned(film: Film, strength: float, rng: Random) -> Film:
    """The camera moves slowly to one side, to a corner, or up or down."""
    count, height, width, _ = film.frames.shape
    down, right = rng.choice([(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)])
    steps = DRIFT * strength * np.linspace(0, 1, count)
    made = [
        moved(frame, down * height * step, right * width * step) for frame, step in zip(film.frames, steps, strict=True)
    ]
    return film.but(np.stack(made))


def zoomed(film: Film, strength: float, rng: Random) -> Film:
    """The camera slowly zooms in or out."""
    towards = rng.choice((-1, 1)) * DRIFT * strength
    zooms = 1 + towards * np.linspace(0, 1, len(film.frames))
    return film.but(
        np.stack([moved(frame, 0.0, 0.0, float(zoom)) for frame, zoom in zip(film.frames, zooms, strict=True)])
    )
