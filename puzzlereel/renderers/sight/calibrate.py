"""The first frame, held against the board that it should show: where it lies, in what colours, and how sharp."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain, product
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from puzzlereel.puzzles.board import Board
from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.layout import LEAST_CELL, Canvas, Layout, TooSmall, layout_of, roomy
from puzzlereel.renderers.planes import View, pixels_of
from puzzlereel.renderers.sight.bending import bends_of, bent_skin
from puzzlereel.renderers.sight.colours import in_colour, likely_mixes
from puzzlereel.renderers.sight.drawn import SOFT, Drawn
from puzzlereel.renderers.sight.fit import (
    DAYLIGHT,
    Cells,
    Fitted,
    far_off,
    fit,
    lies_at,
    look_at,
    loss,
    off_by_cell,
)
from puzzlereel.renderers.sight.lens import LUMA, Lens
from puzzlereel.renderers.sight.looks import lexicon_of
from puzzlereel.renderers.sight.patches import (
    Picture,
    Pose,
    by_cell,
    coarser,
    picture_at,
    pose_of,
)
from puzzlereel.renderers.skins import Skin

COARSE = 3
"""How often patches are mixed with their neighbours while a board is looked for: it is found from half a cell away."""
GUESS = 0.045
"""The blur that is taken before it is known."""
RELIT = 4
"""In how many steps the light is found of a board that lies just where it is guessed to."""
STARTS = ((GUESS, False), (0.0, True))
"""From which blurs on colours and sharpness are found, and whether what tells of colours is even within a patch: else
from patch to patch. Where colours are clipped, now the one and now the other tells more."""
LEAST_DRAWN = 8
"""How many pixels wide the cells are, at least, that a board was drawn with."""
CLIPPED = 1.0
"""How much of 255 a board may be off by being clipped that is not looked at once more from other colours."""
TURNS, STILL = 4, 0.01
"""How often colours, sharpness and place are found, one after the other, until none of them changes; in pixels."""
EXACT = 0.5
"""How far off the cells may be where no other size of tiles is tried."""
USUAL = 0.5
"""How much further off cells may be where the board lies just as in the suite's films of that size, of 255."""
WHOLE, RESIZED = 0.06, 1.03
"""How near to a whole number of pixels a cell is that was not resized; and how alike the factors by which one was."""
CANVASES = tuple(Canvas(*sides) for sides in ((480, 480), (512, 512), (384, 384), (256, 256), (512, 320), (320, 512)))
"""Canvases that films are usually drawn on, beside that of the data sets."""
NOWHERE = 40.0
"""How far off the cells are on average where there is no board, and nothing finer is tried."""
FOUND, MOSTLY, MOST_CELLS = 6.0, 2.0, 0.8
"""How far off the cells may be on average, or most of them, where no other place is looked at; and how many are most:
of a maze that lies two cells further, more than half look right."""
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


def calibrate(
    frame: View, board: Board, skin: Skin, plain: Layout | None, walkers: Collection[str] = ()
) -> Calibration:
    """The calibration that brings a first frame nearest to a board.

    `plain` is where the board lies in a film of the suite of that size, None where there is none. Sprites of the kinds
    of `walkers` may be bent.
    """
    usual = roomy(board.shape, skin.rim.cells)
    full = layout_of(board.shape, usual, skin.rim.cells)
    drawn = {px: Drawn(board, skin, px, walkers) for px in {full.px, plain.px if plain else full.px}}
    best: tuple[Fitted, Drawn] | None = None
    for pose in chain(_guesses(frame, board, skin, usual, plain), _found(frame, drawn[full.px], usual)):
        tiles = drawn[plain.px if plain and abs(pose.high / plain.px - 1) < 0.03 else full.px]
        near = _laid(frame, tiles.soft[GUESS], pose)
        if best is None or near.off.mean() < best[0].off.mean():
            best = near, tiles
        if _is_found(best[0].off):
            break
    assert best is not None
    if best[0].off.mean() > NOWHERE:
        return Calibration(best[0].pose, Lens(best[1].px), best[0].off, 1.0)
    return _best_of(frame, board, skin, best[0].pose, drawn, plain, walkers)


def _laid(frame: View, wanted: Picture, pose: Pose) -> Fitted:
    """The pose near to a guess, or the guess itself, in which a board comes nearest to what is wanted, and its light.

    From the very place where it is, a board of thin lines on one colour may be led away.
    """
    there = fit(frame, wanted, pose, DAYLIGHT, steps=RELIT, moves=False)
    if _is_found(there.off):
        found = fit(frame, wanted, pose, there.light, steps=10)
    else:
        found = fit(frame, wanted, pose, DAYLIGHT, steps=20, soft=COARSE)
        found = fit(frame, wanted, found.pose, found.light, steps=10)
    return min(there, found, key=lambda one: float(one.off.mean()))


def _is_found(off: Cells) -> bool:
    """Whether cells are so near that no other place is looked at."""
    return bool(off.mean() < FOUND or np.quantile(off, MOST_CELLS) < MOSTLY)


def _best_of(
    frame: View,
    board: Board,
    skin: Skin,
    pose: Pose,
    drawn: Mapping[int, Drawn],
    plain: Layout | None,
    walkers: Collection[str],
) -> Calibration:
    """The best calibration near to a pose, over the sizes that tiles may have been drawn in."""
    trials: list[tuple[float, Calibration]] = []

    def tries(pose: Pose, px: int, *, fixed: bool = False) -> bool:
        tiles = drawn.get(px) or Drawn(board, skin, px, walkers)
        trial = _unbent(frame, board, skin, pose, tiles, walkers, fixed=fixed)
        trials.append((far_off(trial.off, tiles.counts), trial))
        return trials[-1][0] < EXACT

    if plain and lies_at(pose, pose_of(plain)) and tries(pose_of(plain), plain.px, fixed=True):
        return trials[0][1]
    for px in drawn:
        if tries(pose, px):
            return trials[-1][1]
    found = min(trials, key=lambda trial: trial[0])[1]
    usual = trials[0] if plain and trials[0][1].pose == pose_of(plain) else None
    for px in dict.fromkeys(_sizes(frame, found.pose, board, skin)):
        if px not in drawn and tries(found.pose, px):
            return trials[-1][1]
    off, found = min(trials, key=lambda trial: trial[0])
    return usual[1] if usual and usual[0] < off + USUAL else found


def _sizes(frame: View, pose: Pose, board: Board, skin: Skin) -> Iterator[int]:
    """How wide tiles may have been drawn that are as wide as in a pose now: as wide, or as on a usual canvas."""
    yield from (
        round(side) for side in (pose.high, pose.wide) if abs(side - round(side)) < WHOLE and side > LEAST_DRAWN
    )
    for canvas, (top, left, bottom, right) in product(CANVASES, _contents(frame)):
        try:
            px = layout_of(board.shape, canvas, skin.rim.cells).px
        except TooSmall:
            continue
        down, across = (bottom - top) / canvas.height * px / pose.high, (right - left) / canvas.width * px / pose.wide
        if max(down, across, 1 / down, 1 / across) < RESIZED:
            yield px


def _unbent(
    frame: View, board: Board, skin: Skin, pose: Pose, drawn: Drawn, walkers: Collection[str], *, fixed: bool
) -> Calibration:
    """The calibration of a board that lies in a pose, in which what walks is first left out, and then bent as it is."""
    found = _calibrated(frame, pose, drawn, fixed=fixed)
    if not walkers:
        return found
    seen = by_cell(look_at(frame, found.pose, *drawn.cells, drawn.through(found.lens)))
    lexicon = lexicon_of(skin, found.lens)
    bends = bends_of(seen - lexicon.context(lexicon.looks_of(board)), board, skin, found.lens, walkers)
    bent = Drawn(board, bent_skin(skin, dict(bends), drawn.px), drawn.px)
    found = _calibrated(frame, found.pose, bent, fixed=fixed)
    return found._replace(lens=replace(found.lens, bends=bends))


def _calibrated(frame: View, pose: Pose, drawn: Drawn, *, fixed: bool) -> Calibration:
    """The lens in which a board that lies in a pose looks as it does, and the pose once more through that lens."""
    best: Calibration | None = None
    for soft, within in STARTS:
        found = _in_turns(frame, pose, Lens(drawn.px, soft=(soft, soft)), drawn, fixed=fixed, within=within)
        if best is None or far_off(found.off, drawn.counts) < far_off(best.off, drawn.counts):
            best = found
        if far_off(best.off, drawn.counts) < EXACT:
            return best
    assert best is not None
    if np.abs(drawn.clipped(best.lens)).max() < CLIPPED:
        return best
    found = _in_turns(frame, pose, _likely(frame, pose, drawn), drawn, fixed=fixed, within=True)
    return min(best, found, key=lambda one: far_off(one.off, drawn.counts))


def _likely(frame: View, pose: Pose, drawn: Drawn) -> Lens:
    """The lens in which a sharp board that lies in a pose looks most as it does, of those that colours begin from."""
    seen = look_at(frame, pose, *drawn.cells)
    lenses = [Lens(drawn.px, mix) for mix in likely_mixes()]
    return min(lenses, key=lambda one: far_off(off_by_cell(seen, drawn.through(one)), drawn.counts))


def _in_turns(frame: View, pose: Pose, lens: Lens, drawn: Drawn, *, fixed: bool, within: bool) -> Calibration:
    """Colours, sharpness and place, from some lens on."""
    for _ in range(TURNS):
        before = pose, lens
        seen = look_at(frame, pose, *drawn.cells, drawn.through(lens))
        lens = _coloured(lens, seen, drawn, within=within)
        lens = _sharpened(lens, seen, drawn)
        if not fixed:
            pose = fit(frame, drawn.through(lens), pose, DAYLIGHT, steps=2).pose
        if lens == before[1] and np.abs(np.subtract(pose, before[0])).max() < STILL:
            break
    wanted = drawn.through(lens)
    sharp = drawn.soft[SOFT[0]]
    contrast = float(Lens(1, lens.mix, lens.gamma).tint(sharp).std((0, 1)).max() / sharp.std((0, 1)).max())
    return Calibration(pose, lens, off_by_cell(look_at(frame, pose, *drawn.cells, wanted), wanted), contrast)


def _coloured(lens: Lens, seen: Picture, drawn: Drawn, *, within: bool) -> Lens:
    """The lens, as sharp as another, with the colours that bring the board nearest to what is seen.

    Colours are found as if patches were clipped, and not what is in them: so it is tried once more without what the
    lens before tells of the difference.
    """
    clipped, curved = drawn.clipped(lens), partial(drawn.curved, lens.soft)
    lenses = []
    for aim in [seen, seen - clipped] if clipped.any() else [seen]:
        mix, gamma = in_colour(curved, aim, drawn.mixed(lens.soft, within=within), drawn.board)
        lenses.append(Lens(drawn.px, mix, gamma, lens.soft))
    return min(lenses, key=lambda one: far_off(off_by_cell(seen, drawn.through(one)), drawn.counts))


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


def _guesses(frame: View, board: Board, skin: Skin, usual: Canvas, plain: Layout | None) -> Iterator[Pose]:
    """Where a board may lie: as in the suite's films of that size, or of the usual size, in all or part of a frame."""
    full = layout_of(board.shape, usual, skin.rim.cells)
    if plain:
        yield pose_of(plain)
    for top, left, bottom, right in _contents(frame):
        down, across = (bottom - top) / usual.height, (right - left) / usual.width
        yield Pose(top + full.top * down, left + full.left * across, full.px * down, full.px * across)
        try:
            inner = layout_of(board.shape, Canvas(bottom - top, right - left), skin.rim.cells)
        except TooSmall:
            continue
        pose = pose_of(inner)
        yield Pose(top + pose.top, left + pose.left, pose.high, pose.wide)


DOTS = 3
"""How many dots a cell is wide where a board is looked for in a whole frame."""
LIKELY, TRIED = 4, 3
"""In how many of the sizes other aspects are tried, and from how many places a board is then laid over the frame."""
SIZES, ASPECTS = tuple(1.32 * 0.94**step for step in range(18)), (1.0, 0.95, 1.05, 0.9, 1.1)
"""How large a board may be, of what it is in the suite's films of the usual size, and how much higher than wide."""


def _found(frame: View, drawn: Drawn, usual: Canvas) -> Iterator[Pose]:
    """Where a board looks most like the one that was drawn, as on a canvas of the usual size, in any size and place."""
    board = coarser(drawn.soft[GUESS], DOTS)
    rows, columns = drawn.cells
    best: list[tuple[float, Pose]] = []
    for number, aspect in enumerate(ASPECTS):
        likely = [pose.high for _, pose in sorted(best, key=lambda one: -one[0])[:LIKELY]]
        for high in likely if number else [size * frame.shape[0] / usual.height * drawn.px for size in SIZES]:
            wide = high / aspect
            fits = rows * high < 1.08 * frame.shape[0] and columns * wide < 1.08 * frame.shape[1]
            if fits and min(high, wide) >= LEAST_CELL:
                best.append(_best_place(frame, board, high, wide))
    yield from (pose for _, pose in sorted(best, key=lambda one: -one[0])[:TRIED])


def _best_place(frame: View, board: Picture, high: float, wide: float) -> tuple[float, Pose]:
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


def _contents(view: View) -> Iterator[tuple[int, int, int, int]]:
    """The whole frame, and what is left of it without even bars along its rim: top, left, bottom, right."""
    frame = pixels_of(view)
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
