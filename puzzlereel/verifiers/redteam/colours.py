"""What befalls the colours and the sharpness of a film: as an editor changes them, and as cheap cameras do.

Each takes a film, a strength in [0, 1], where 1 is the tolerance that is stated here, and a source of chance.
"""

from collections.abc import Callable
from random import Random

import numpy as np
from jaxtyping import Float32, Float64

from puzzlereel.renderers.draw import Frame
from puzzlereel.verifiers.redteam.filming import Film
from puzzlereel.verifiers.redteam.geometry import LINES, each

GAIN = CONTRAST = GAMMA = 0.2
HUE = 10.0
"""In degrees of the plane of the two colour differences."""
SATURATION = 0.3
FLICKER = 0.1
"""By how much the brightness of a frame may differ from the film's."""
NOISE = 15.0
"""The standard deviation of noise, of 255."""
BLUR = 2.0
"""The standard deviation of blur in pixels, in frames of 480 lines."""

Matrix = Float64[np.ndarray, "3 3"]
LUMA = np.array([0.2126, 0.7152, 0.0722])
"""How bright red, green and blue are, as BT.709 has it."""
TO_LUMA = np.stack([LUMA, (np.array([0, 0, 1]) - LUMA) / 1.8556, (np.array([1, 0, 0]) - LUMA) / 1.5748])
"""From red, green and blue to brightness and the two colour differences."""


def chroma_matrix(degrees: float, saturation: float) -> Matrix:
    """The change of red, green and blue that turns all hues and scales all colour, and keeps brightness."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * saturation
    middle = np.block([[np.eye(1), np.zeros((1, 2))], [np.zeros((2, 1)), turn]])
    matrix: Matrix = np.linalg.inv(TO_LUMA) @ middle @ TO_LUMA
    return matrix


def mixed(frame: Frame, matrix: Matrix) -> Frame:
    """A frame whose colours have been mixed."""
    seen = frame.reshape(-1, 3).astype(np.float32) @ matrix.T.astype(np.float32)
    return np.rint(seen).clip(0, 255).astype(np.uint8).reshape(frame.shape)


def curved(frame: Frame, curve: Callable[[Float64[np.ndarray, " 256"]], Float64[np.ndarray, " 256"]]) -> Frame:
    """A frame whose channels have gone through a curve from [0, 1] to [0, 1]."""
    table = np.rint(255 * curve(np.arange(256) / 255).clip(0, 1)).astype(np.uint8)
    through: Frame = table[frame]
    return through


def signed(strength: float, most: float, rng: Random) -> float:
    return rng.choice((-1, 1)) * most * strength


def brightness(film: Film, strength: float, rng: Random) -> Film:
    gain = 1 + signed(strength, GAIN, rng)
    return film.but(each(film.frames, lambda frame: curved(frame, lambda level: gain * level)))


def contrast(film: Film, strength: float, rng: Random) -> Film:
    gain = 1 + signed(strength, CONTRAST, rng)
    return film.but(each(film.frames, lambda frame: curved(frame, lambda level: 0.5 + gain * (level - 0.5))))


def gamma(film: Film, strength: float, rng: Random) -> Film:
    power = (1 + GAMMA * strength) ** rng.choice((-1, 1))
    return film.but(each(film.frames, lambda frame: curved(frame, lambda level: level**power)))


def hue(film: Film, strength: float, rng: Random) -> Film:
    matrix = chroma_matrix(signed(strength, HUE, rng), 1.0)
    return film.but(each(film.frames, lambda frame: mixed(frame, matrix)))


def saturation(film: Film, strength: float, rng: Random) -> Film:
    matrix = chroma_matrix(0.0, 1 + signed(strength, SATURATION, rng))
    return film.but(each(film.frames, lambda frame: mixed(frame, matrix)))


def drifting_colours(film: Film, strength: float, rng: Random) -> Film:
    """Brightness, hue and saturation slowly become others than in the first frame: there, or there and back."""
    gain, turn, more = (signed(strength, most, rng) for most in (GAIN, HUE, SATURATION))
    chosen = rng.choice(((1, 0, 0), (0, 1, 0), (0, 0, 1), (0.5, 0.5, 0.5)))
    there = np.linspace(0, 1, len(film.frames))
    ways = there if rng.random() < 0.5 else np.sin(np.pi * there)
    made = []
    for frame, way in zip(film.frames, ways.tolist(), strict=True):
        matrix = chroma_matrix(turn * chosen[1] * way, 1 + more * chosen[2] * way) * (1 + gain * chosen[0] * way)
        made.append(mixed(frame, matrix))
    return film.but(np.stack(made))


def flickering(film: Film, strength: float, rng: Random) -> Film:
    """Every frame but the first has a brightness of its own."""
    made = film.frames.copy()
    for t in range(1, len(made)):
        gain = 1 + rng.uniform(-1, 1) * FLICKER * strength
        made[t] = curved(film.frames[t], lambda level, gain=gain: gain * level)  # type: ignore[misc]
    return film.but(made)


def noisy(film: Film, strength: float, rng: Random) -> Film:
    """Noise of the normal distribution; every frame takes its own piece of one long row of it."""
    dice = np.random.default_rng(rng.getrandbits(64))
    size = film.frames[0].size
    row = np.rint(dice.normal(0, NOISE * strength, 2 * size + 4096)).astype(np.int16)
    made = np.empty_like(film.frames)
    for t, frame in enumerate(film.frames):
        begin = int(dice.integers(size + 4096))
        made[t] = (frame + row[begin : begin + size].reshape(frame.shape)).clip(0, 255)
    return film.but(made)


def blurred(film: Film, strength: float, rng: Random) -> Film:
    sigma = BLUR * strength * film.frames.shape[1] / LINES
    return film.but(each(film.frames, lambda frame: smoothed(frame, sigma))) if sigma > 0 else film


def smoothed(frame: Frame, sigma: float) -> Frame:
    """A frame after a Gaussian blur of `sigma` pixels, edges drawn out: along the columns, then along the rows."""
    reach = max(1, int(np.ceil(3 * sigma)))
    weights = np.exp(-0.5 * (np.arange(reach + 1) / sigma) ** 2).astype(np.float32)
    weights /= weights[0] + 2 * weights[1:].sum()
    seen: Float32[np.ndarray, "height width 3"] = frame.astype(np.float32)
    for axis in (0, 1):
        seen = _along(seen, axis, weights)
    soft: Frame = np.rint(seen).astype(np.uint8)
    return soft


def _along(
    seen: Float32[np.ndarray, "height width 3"], axis: int, weights: Float32[np.ndarray, " taps"]
) -> Float32[np.ndarray, "height width 3"]:
    """The weighted mean of each pixel and those on either side of it."""
    reach, length = len(weights) - 1, seen.shape[axis]
    around = np.pad(seen, [(reach, reach) if side == axis else (0, 0) for side in range(3)], mode="edge")
    pieces = [around[_window(axis, at, length)] for at in range(2 * reach + 1)]
    total = weights[0] * pieces[reach]
    for off in range(1, reach + 1):
        total += weights[off] * (pieces[reach - off] + pieces[reach + off])
    mean: Float32[np.ndarray, "height width 3"] = total
    return mean


def _window(axis: int, begin: int, length: int) -> tuple[slice, ...]:
    """The part of a picture that begins so far along an axis."""
    return tuple(slice(begin, begin + length) if side == axis else slice(None) for side in range(3))
