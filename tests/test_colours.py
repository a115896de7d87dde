"""Colours of a film found from a board that is known: the compiled steps against numpy's, and knobs that are found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puzzlereel.renderers.sight.colours import ENDS, LUMAS, Shown, _of_knobs, _turned
from puzzlereel.renderers.sight.knobs import HOLD, USUAL, off_of, turn, write_step, write_told

KNOBS = st.tuples(*[st.floats(-0.3, 0.3) for _ in range(4)]).map(np.array)
SEEDS = st.integers(0, 2**32 - 1)


def plain_mix(knobs: np.ndarray) -> np.ndarray:
    """Saturation first, then hue as a turn about the greys, then contrast, then brightness."""
    contrast, brightness, saturation, hue = knobs
    axis = np.full(3, 3**-0.5)
    across = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    turned = np.eye(3) + np.sin(hue) * across + (1 - np.cos(hue)) * across @ across  # the formula of Rodrigues
    grey = np.tile(LUMAS, (3, 1))
    mixed = (1 + contrast) * turned @ (grey + (1 + saturation) * (np.eye(3) - grey))
    return np.concatenate([mixed, np.full((3, 1), brightness)], 1)


def some_shown(seed: int) -> Shown:
    """Colours of which many are clipped, and of which each tells another lot."""
    rng = np.random.default_rng(seed)
    drawn = rng.random((30, 3))
    seen = np.clip(drawn @ rng.normal(np.eye(3), 0.2) + rng.normal(0, 0.2, 3), 0, 1)
    return Shown(drawn, seen, rng.random(30))


def plain_off(shown: Shown, mix: np.ndarray) -> float:
    squares = np.square((shown.drawn @ mix[:, :3].T + mix[:, 3]).clip(0, 1) - shown.seen).mean(1)
    return float(255 * np.sqrt(np.average(np.minimum(squares, (USUAL / 255) ** 2), weights=shown.counts)))


def plain_told(shown: Shown, mix: np.ndarray) -> np.ndarray:
    """How much each colour tells of each channel."""
    foreseen = shown.drawn @ mix[:, :3].T + mix[:, 3]
    low, high = ENDS
    clipped = ((shown.seen < low) & (foreseen < low)) | ((shown.seen > high) & (foreseen > high))
    far = 255 * np.sqrt(np.square(foreseen.clip(0, 1) - shown.seen).mean(1)) / USUAL
    told: np.ndarray = (shown.counts / (1 + far**2) ** 2)[:, None] * ~clipped
    return told


@given(KNOBS)
def test_knobs_make_the_mixture_that_they_are_named_for(knobs: np.ndarray) -> None:
    np.testing.assert_allclose(_of_knobs(knobs), plain_mix(knobs), atol=1e-12)


def test_knobs_that_are_not_turned_change_nothing() -> None:
    np.testing.assert_allclose(_of_knobs(np.zeros(4)), np.eye(3, 4), atol=1e-15)


@given(SEEDS, KNOBS)
def test_how_far_off_colours_are_is_what_numpy_says(seed: int, knobs: np.ndarray) -> None:
    shown, mix = some_shown(seed), plain_mix(knobs)

    assert off_of(*shown, mix) == pytest.approx(plain_off(shown, mix), abs=1e-9)


@given(SEEDS, KNOBS, KNOBS)
def test_what_colours_tell_is_what_numpy_says(seed: int, near: np.ndarray, other: np.ndarray) -> None:
    shown, mix, held = some_shown(seed), plain_mix(near), plain_mix(other)
    square, short = np.empty((3, 4, 4)), np.empty((3, 4))

    write_told(*shown, ENDS, mix, held, square, short)

    told, drawn = plain_told(shown, mix), np.concatenate([shown.drawn, np.ones((30, 1))], 1)
    less, total = shown.seen - drawn @ held.T, shown.counts.sum()
    np.testing.assert_allclose(square, np.einsum("pc,pi,pj->cij", told, drawn, drawn) / total, atol=1e-12)
    np.testing.assert_allclose(short, np.einsum("pc,pc,pi->ci", told, less, drawn) / total, atol=1e-12)


@given(SEEDS, KNOBS)
def test_a_step_is_that_of_least_squares(seed: int, knobs: np.ndarray) -> None:
    """Of the weighted rows, and of one more for each knob, that holds it to none."""
    shown, step = some_shown(seed), np.empty(4)

    write_step(*shown, ENDS, LUMAS, knobs, step)

    drawn, width = np.concatenate([shown.drawn, np.ones((30, 1))], 1), 1e-6
    slopes = [(plain_mix(knobs + width * one) - plain_mix(knobs - width * one)) / (2 * width) for one in np.eye(4)]
    roots = np.sqrt(plain_told(shown, plain_mix(knobs)) / shown.counts.sum())
    rows = np.stack([(roots * (drawn @ slope.T)).ravel() for slope in slopes], 1)
    short = (roots * (shown.seen - drawn @ plain_mix(knobs).T)).ravel()
    wanted = np.linalg.lstsq(
        np.concatenate([rows, np.diag(HOLD)]), np.concatenate([short, -np.array(HOLD) * knobs]), rcond=None
    )[0]
    np.testing.assert_allclose(step, wanted.clip(-0.4, 0.4), atol=4e-3)


@given(SEEDS, KNOBS)
def test_turning_never_leads_away(seed: int, knobs: np.ndarray) -> None:
    shown, turned = some_shown(seed), knobs.copy()

    off = turn(*shown, ENDS, LUMAS, turned)

    assert off == pytest.approx(plain_off(shown, plain_mix(turned)), abs=1e-9)
    assert off <= plain_off(shown, plain_mix(knobs)) + 1e-9


@given(SEEDS, st.tuples(*[st.floats(-0.2, 0.2) for _ in range(4)]).map(np.array))
def test_knobs_are_found_again_where_little_is_clipped(seed: int, knobs: np.ndarray) -> None:
    drawn = 0.3 + 0.4 * np.random.default_rng(seed).random((60, 3))
    mix = plain_mix(knobs)
    seen = np.clip(drawn @ mix[:, :3].T + mix[:, 3], 0, 1)

    found = _turned(Shown(drawn, seen, np.ones(60)))

    assert plain_off(Shown(drawn, seen, np.ones(60)), plain_mix(found)) < 2
