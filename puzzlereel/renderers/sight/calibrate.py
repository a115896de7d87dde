"""The first frame, held against the board that it should show: where it lies, in what colours, and how sharp."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from puzzlereel.puzzles.board import Board
from puzzlereel.renderers.draw import Frame, draw
from puzzlereel.renderers.layout import FULL, LEAST_CELL, Canvas, Layout, TooSmall, layout_of
from puzzlereel.renderers.sight.fit import DAYLIGHT, Cells, Counts, Fitted, fit, look_at, loss, off_by_cell, trust
from puzzlereel.renderers.sight.lens import LUMA, SAME_COLOURS, Lens
from puzzlereel.renderers.sight.patches import PATCHES, Picture, Pose, coarser, over_patches, picture_at, pose_of
from puzzlereel.renderers.skins import Skin

COARSE = 3
"""How often patches are mixed with their neighbours while a board is looked for: it is found from half a cell away."""
GAMMAS = (1.0, 0.8, 0.87, 0.93, 1.07, 1.15, 1.25)
SOFT = (0.0, 0.02, 0.045, 0.07, 0.1, 0.14)
"""The blurs that are tried, as shares of a cell."""
BETTER, CLEARLY = 0.95, 0.5
"""How much a bent curve of brightness must bring, to be believed: as a share of how far off cells are, and of 255."""
GUESS = 0.045
"""The blur that is taken before it is known."""
CLIPPED = (4, 250)
"""Colours beyond these may have been brighter or darker than can be seen."""
STRONGLY, LEAN = 0.1, 0.03
"""How strongly colours are held to those that were drawn, where the first board does not tell: while the curve of
brightness is looked for, and after."""
USUAL = 40.0
"""How far off a cell may be while the colours are fitted, before it counts little."""
FOUND = 6.0
"""How far off the cells may be on average where no other place is looked at."""
BAR, EVEN_BAR = 10, 8.0
"""How many pixels of a thousand a bar along the frame's rim has at least, and how even it is, of 255."""


class Calibration(NamedTuple):
    """How a film shows its first board."""

    pose: Pose
    lens: Lens
    off: Cells
    """How far each cell of the first board is off what is expected."""
    contrast: float
    """How much of the drawn board's contrast is left."""


def calibrate(frame: Frame, board: Board, skin: Skin, plain: Layout | None) -> Calibration:
    """The calibration that brings a first frame nearest to a board.

    `plain` is where the board lies in a film of the suite of that size, None where there is none.
    """
    full = layout_of(board.shape, FULL, skin.rim.cells)
    drawn = {px: Drawn(board, skin, px) for px in {full.px, plain.px if plain else full.px}}
    best: tuple[Fitted, Drawn] | None = None
    for pose in chain(_guesses(frame, board, skin, full, plain), _found(frame, drawn[full.px])):
        tiles = drawn[plain.px if plain and abs(pose.high / plain.px - 1) < 0.03 else full.px]
        found = fit(frame, tiles.soft[GUESS], pose, DAYLIGHT, steps=20, soft=COARSE)
        found = fit(frame, tiles.soft[GUESS], found.pose, found.light, steps=10)
        if best is None or found.off.mean() < best[0].off.mean():
            best = found, tiles
        if best[0].off.mean() < FOUND:
            break
    assert best is not None
    trials = [
        (_calibrated(frame, best[0].pose, tiles), tiles.rare[::PATCHES, ::PATCHES, 0]) for tiles in drawn.values()
    ]
    return min(trials, key=lambda trial: float((trial[0].off ** 2 * trial[1]).sum()))[0]


class Drawn:
    """The first board as it was drawn, at every blur that is tried."""

    def __init__(self, board: Board, skin: Skin, px: int) -> None:
        rows, columns = board.shape
        layout = Layout(px, 2 * px, 2 * px, rows, columns)  # numbers beside a frame reach into the second cell
        self.px, self.cells = px, board.shape
        often = Counter(glyph for _, glyph in board.items())
        shares = np.array([[1 / often[glyph] for glyph in row] for row in board.rows], np.float32)
        self.rare: Counts = over_patches(shares)
        """How much each patch counts where colours are fitted: what is rare counts more."""
        picture = draw(board, skin, layout, (rows + 4) * px, (columns + 4) * px).astype(np.float32)
        inner = slice(2 * PATCHES, -2 * PATCHES)
        self.soft: dict[float, Picture] = {
            soft: Lens(px, soft=(soft, soft)).seen(picture)[inner, inner] for soft in SOFT
        }

    def through(self, lens: Lens) -> Picture:
        """The board through a lens, nearly: its curve of brightness is taken after the blur, not before."""
        sharp, colour = self.soft[lens.soft[0]], self.soft[lens.soft[1]]
        luma = ((sharp - colour) @ LUMA)[:, :, None]
        return lens.tint(np.clip(colour + luma, 0, 255))


def _calibrated(frame: Frame, pose: Pose, drawn: Drawn) -> Calibration:
    """The lens in which a board that lies in a pose looks as it does, and the pose once more through that lens."""
    lens = Lens(drawn.px, soft=(GUESS, GUESS))
    for _ in range(2):
        seen = look_at(frame, pose, *drawn.cells, drawn.through(lens))
        lens = _in_colour(lens, seen, drawn)
        lens = _sharpened(lens, seen, drawn)
        pose = fit(frame, drawn.through(lens), pose, DAYLIGHT, steps=2).pose
    wanted = drawn.through(lens)
    sharp = drawn.soft[SOFT[0]]
    contrast = float(Lens(1, lens.mix, lens.gamma).tint(sharp).std((0, 1)).max() / sharp.std((0, 1)).max())
    return Calibration(pose, lens, off_by_cell(look_at(frame, pose, *drawn.cells, wanted), wanted), contrast)


def _in_colour(lens: Lens, seen: Picture, drawn: Drawn) -> Lens:
    """The lens with the colours that bring the board nearest to what is seen."""
    best, found = 1e3, lens
    for gamma in GAMMAS:
        source = drawn.through(Lens(lens.px, gamma=gamma, soft=lens.soft))
        mix = _mix(source, seen, drawn.rare, STRONGLY)
        off = loss(off_by_cell(Lens(1, mix).tint(source), seen))
        if off < best * BETTER - CLEARLY:
            best, found = off, Lens(lens.px, mix, gamma, lens.soft)
    source = drawn.through(Lens(lens.px, gamma=found.gamma, soft=lens.soft))
    return Lens(lens.px, _mix(source, seen, drawn.rare, LEAN), found.gamma, lens.soft)


def _mix(source: Picture, seen: Picture, rare: Counts, lean: float) -> tuple[float, ...]:
    """The mixture of colours that turns a board into what is seen; what is clipped as foreseen counts for nothing."""
    mix = SAME_COLOURS
    flat = np.concatenate([source / 255, np.ones_like(source[:, :, :1])], 2).reshape(-1, 4).astype(np.float64)
    short = ((seen - source) / 255).reshape(-1, 3)
    dark, bright = seen.reshape(-1, 3) < CLIPPED[0], seen.reshape(-1, 3) > CLIPPED[1]
    for _ in range(3):
        foreseen = 255 * flat @ np.array(mix).reshape(3, 4).T
        told = ~((dark & (foreseen < CLIPPED[0])) | (bright & (foreseen > CLIPPED[1])))
        counts = (rare * trust(off_by_cell(Lens(1, mix).tint(source), seen), USUAL)).ravel()
        rows = []
        for channel in range(3):
            weighted = flat * (counts * told[:, channel])[:, None]
            square = weighted.T @ flat / counts.sum() + lean**2 * np.diag((1, 1, 1, 0.25))
            rows.append(np.linalg.solve(square, weighted.T @ short[:, channel] / counts.sum()))
        mix = tuple(np.round((np.eye(3, 4) + np.array(rows)).ravel(), 4).tolist())
    return mix


def _sharpened(lens: Lens, seen: Picture, drawn: Drawn) -> Lens:
    """The lens with the blur of brightness and of colour that bring the board nearest to what is seen."""
    losses: list[tuple[float, float]] = []
    for soft in SOFT:
        differ = seen - drawn.through(Lens(lens.px, lens.mix, lens.gamma, (soft, soft)))
        luma = (differ @ LUMA)[:, :, None]
        nothing = np.zeros_like(differ)
        losses.append((loss(off_by_cell(luma + nothing, nothing)), loss(off_by_cell(differ - luma, nothing))))
    sharp, colour = (SOFT[int(np.argmin(found))] for found in zip(*losses, strict=True))
    return Lens(lens.px, lens.mix, lens.gamma, (sharp, colour))


def _guesses(frame: Frame, board: Board, skin: Skin, full: Layout, plain: Layout | None) -> Iterator[Pose]:
    """Where a board may lie: as in the suite's films of that size, or of the usual size, in all or part of a frame."""
    if plain:
        yield pose_of(plain)
    for top, left, bottom, right in _contents(frame):
        down, across = (bottom - top) / FULL.height, (right - left) / FULL.width
        yield Pose(top + full.top * down, left + full.left * across, full.px * down, full.px * across)
        try:
            inner = layout_of(board.shape, Canvas(bottom - top, right - left), skin.rim.cells)
        except TooSmall:
            continue
        pose = pose_of(inner)
        yield Pose(top + pose.top, left + pose.left, pose.high, pose.wide)


DOTS = 3
"""How many dots a cell is wide where a board is looked for in a whole frame."""
SIZES, ASPECTS = tuple(1.32 * 0.94**step for step in range(18)), (1.0, 0.95, 1.05, 0.9, 1.1)
"""How large a board may be, of what it is in the suite's films of the usual size, and how much higher than wide."""


def _found(frame: Frame, drawn: Drawn) -> Iterator[Pose]:
    """Where a board looks most like the one that was drawn, in any size and place."""
    board = coarser(drawn.soft[GUESS], DOTS)
    rows, columns = drawn.cells
    best = []
    for size in SIZES:
        for aspect in ASPECTS:
            high = size * frame.shape[0] / FULL.height * drawn.px
            wide = high / aspect
            fits = rows * high < 1.08 * frame.shape[0] and columns * wide < 1.08 * frame.shape[1]
            if fits and min(high, wide) >= LEAST_CELL:
                best.append(_best_place(frame, board, high, wide))
    yield from (pose for _, pose in sorted(best, key=lambda one: -one[0])[:3])


def _best_place(frame: Frame, board: Picture, high: float, wide: float) -> tuple[float, Pose]:
    """Where a board with cells of that size looks most like one, and how much: the correlation there."""
    down, across = int(frame.shape[0] / high) + 2, int(frame.shape[1] / wide) + 2
    field = picture_at(frame, Pose(-high, -wide, high, wide), down, across)
    dots = coarser(field, DOTS) - 128
    mask = board - board.mean((0, 1))
    size = [1 << (side + part - 1).bit_length() for side, part in zip(dots.shape[:2], mask.shape[:2], strict=True)]

    def sums(of: Float32[np.ndarray, "_ _ 3"], over: Float32[np.ndarray, "_ _ 3"]) -> Float32[np.ndarray, "_ _ 3"]:
        product = np.fft.rfft2(of, size, (0, 1)) * np.fft.rfft2(over, size, (0, 1)).conj()
        places = np.fft.irfft2(product, size, (0, 1))
        valid: Float32[np.ndarray, "_ _ 3"] = places[
            : dots.shape[0] - mask.shape[0] + 1, : dots.shape[1] - mask.shape[1] + 1
        ]
        return valid

    ones = np.ones_like(mask)
    energy = (sums(dots**2, ones) - sums(dots, ones) ** 2 / (mask.shape[0] * mask.shape[1])).sum(2)
    alike = sums(dots, mask).sum(2) / np.sqrt(np.maximum(energy, 1) * (mask**2).sum())
    top, left = (int(at) / DOTS - 1 for at in np.unravel_index(int(alike.argmax()), alike.shape))
    pose = Pose(high * top, wide * left, high, wide)
    return float(alike.max()), pose


def _contents(frame: Frame) -> Iterator[tuple[int, int, int, int]]:
    """The whole frame, and what is left of it without even bars along its rim: top, left, bottom, right."""
    height, width, _ = frame.shape
    yield 0, 0, height, width
    top, bottom = _bars(frame.reshape(height, -1, 3))
    left, right = _bars(frame.transpose(1, 0, 2))
    if top + bottom < 0.6 * height and top + bottom >= BAR * height / 1000:
        yield top, 0, height - bottom, width
    if left + right < 0.6 * width and left + right >= BAR * width / 1000:
        yield 0, left, height, width - right
        yield top, left, height - bottom, width - right


def _bars(lines: Float32[np.ndarray, "lines pixels 3"] | Frame) -> tuple[int, int]:
    """How many lines from either end on are of one even colour, the same all along."""
    sample = lines[:, :: max(1, lines.shape[1] // 64)].astype(np.float32)
    ends = []
    for way in (sample, sample[::-1]):
        off = np.abs(way - way[0].mean(0)).mean((1, 2))
        stray = np.flatnonzero(off > EVEN_BAR)
        ends.append(int(stray[0]) if len(stray) else 0)
    return ends[0], ends[1]
