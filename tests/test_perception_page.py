"""`docs/perception.md` says what the code does: every constant that it names, and every tolerance."""

import re
from pathlib import Path

import pytest

from puzzlereel.renderers import layout
from puzzlereel.renderers.sight import (
    calibrate,
    clipped,
    drawn,
    eye,
    fit,
    follow,
    looks,
    margin,
    nearest,
    patches,
    sampled,
    shifted,
    sighting,
)
from puzzlereel.verifiers import follow as law
from puzzlereel.verifiers import judge, underway
from puzzlereel.verifiers.redteam import colours, geometry

ROOT = Path(__file__).resolve().parent.parent
PAGE = " ".join((ROOT / "docs" / "perception.md").read_text(encoding="utf-8").split())
SIGHT = (patches, calibrate, clipped, fit, looks, nearest, margin, follow, eye, sampled, shifted, sighting)
MODULES = (*SIGHT, layout, law, judge, underway)
STATED = re.findall(r"`([A-Z_]+)` = ([\d.]*\d)", PAGE)


def test_constants_are_stated() -> None:
    assert {"PATCHES", "TOLERANCE", "MOST_DRIFT", "MOST_LIGHT", "LEAST_CONTRAST", "MOST_GRAIN"} < dict(STATED).keys()


@pytest.mark.parametrize(("name", "value"), STATED, ids=[name for name, _ in STATED])
def test_a_constant_is_the_codes(name: str, value: str) -> None:
    found = {getattr(module, name) for module in MODULES if hasattr(module, name)}

    assert float(value) in found


def test_where_a_board_is_looked_for_is_told() -> None:
    sizes = f"for cells from {min(calibrate.SIZES):.2f} to {max(calibrate.SIZES):.2f} times the usual size"

    assert sizes in PAGE
    assert f"an aspect of {min(calibrate.ASPECTS):g} to {max(calibrate.ASPECTS):g}" in PAGE
    assert f"a blur of up to {max(drawn.SOFT):g} of a cell" in PAGE


def test_how_a_walker_may_be_bent_is_told() -> None:
    sizes, squares = zip(*looks.BENDS, strict=True)

    assert f"from {min(sizes):g} to {max(sizes):g} of its size and half-way squarer or rounder" in PAGE
    assert (-0.5, 0.5) == (min(squares), max(squares))


def test_the_tolerances_are_those_of_the_red_team() -> None:
    promised = PAGE[PAGE.index("What is promised") :]

    assert (0.25, 3.0) == (geometry.SMALLEST, geometry.LARGEST)
    for said in (
        "a quarter to three times the size",
        f"an aspect {geometry.ASPECT:.0%} off".replace("%", " %"),
        f"crops and shifts of {geometry.CROP:.0%}".replace("%", " %"),
        f"jitter of {geometry.JITTER:g} pixels",
        f"drift of {geometry.DRIFT:.0%}".replace("%", " %"),
        f"hue {colours.HUE:g}°",
        f"noise of {colours.NOISE:g} of 255",
    ):
        assert said in promised
