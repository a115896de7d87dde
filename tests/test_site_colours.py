"""The colours of the site: what is written and drawn stands out from its ground in both themes, for all eyes."""

import re
from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest
from jaxtyping import Float

from puzzlereel.leaderboard.charts import KINDS
from puzzlereel.renderers.eyes import EYES, linear
from puzzlereel.renderers.shapes import LUMA

TEMPLATES = files("puzzlereel.leaderboard") / "templates"
SITE = (TEMPLATES / "site.css").read_text(encoding="utf-8")
LEVEL = (TEMPLATES / "level.css").read_text(encoding="utf-8")
TEXT, SHAPE = 4.5, 3.0
"""The contrast that the Web Content Accessibility Guidelines ask of text and of what is drawn, at level AA."""
READ = ["ink", "quiet", "link", "broke", "stored"]
DRAWN = [*KINDS, "edge", "whisker", "wall", "agent", "goal"]


def themes() -> dict[str, dict[str, str]]:
    """The colours of each block of them, by name."""
    blocks = re.findall(r"(:root[^{]*)\{([^}]*)\}", SITE)
    return {" ".join(head.split()): dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", body)) for head, body in blocks}


def rgb(colour: str) -> Float[np.ndarray, " 3"]:
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], dtype=np.float64)


def ratio(one: Float[np.ndarray, " 3"], other: Float[np.ndarray, " 3"]) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    low, high = sorted(float(linear(colour) @ LUMA) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


LIGHT, *DARKS = themes().values()


def test_black_on_white_has_the_contrast_that_the_guidelines_tell() -> None:
    assert pytest.approx(21) == ratio(rgb("#000000"), rgb("#ffffff"))
    assert pytest.approx(4.54, abs=0.01) == ratio(rgb("#767676"), rgb("#ffffff"))


def test_dark_is_the_same_whether_the_system_or_the_reader_chose_it() -> None:
    assert 2 == len(DARKS)
    assert DARKS[0] == DARKS[1]
    assert set(LIGHT) == set(DARKS[0])


@pytest.mark.parametrize("colours", [LIGHT, DARKS[0]], ids=["light", "dark"])
def test_all_text_is_read_on_every_ground_that_it_stands_on(colours: dict[str, str]) -> None:
    for ground in ("page", "soft", "warn"):
        for name in READ:
            assert ratio(rgb(colours[name]), rgb(colours[ground])) >= TEXT, (name, ground)
    assert ratio(rgb(colours["page"]), rgb(colours["link"])) >= TEXT  # on a button


@pytest.mark.parametrize("colours", [LIGHT, DARKS[0]], ids=["light", "dark"])
def test_all_that_is_drawn_stands_out_from_the_page_and_from_its_cell(colours: dict[str, str]) -> None:
    for name in DRAWN:
        assert ratio(rgb(colours[name]), rgb(colours["page"])) >= SHAPE, name
    for name in ("wall", "agent", "goal", "box", "stored", "broke"):
        assert ratio(rgb(colours[name]), rgb(colours["floor"])) >= SHAPE, name
    assert ratio(rgb(colours["solved"]), rgb(colours["ground"])) >= SHAPE


@pytest.mark.parametrize("colours", [LIGHT, DARKS[0]], ids=["light", "dark"])
def test_letters_are_read_on_every_flow(colours: dict[str, str]) -> None:
    flows = re.findall(r"\.c\d+ \{ fill: (#[0-9a-f]{6})", LEVEL)
    (opacity,) = map(float, re.findall(r"\.flow \{ fill-opacity: ([0-9.]+)", LEVEL))

    assert 12 == len(set(flows))
    for flow in flows:
        mixed = opacity * rgb(flow) + (1 - opacity) * rgb(colours["floor"])
        assert ratio(rgb("#ffffff"), rgb(flow)) >= TEXT, flow
        assert ratio(rgb(colours["ink"]), mixed) >= TEXT, flow


@pytest.mark.parametrize("colours", [LIGHT, DARKS[0]], ids=["light", "dark"])
@pytest.mark.parametrize("eyes", EYES)
def test_the_endings_of_films_differ_for_colour_blind_eyes_or_by_their_shape(
    colours: dict[str, str], eyes: str
) -> None:
    seen = {kind: linear(rgb(colours[kind])) @ EYES[eyes].T for kind in KINDS}
    near = {
        frozenset(pair) for pair in combinations(KINDS, 2) if float(np.abs(seen[pair[0]] - seen[pair[1]]).max()) < 0.02
    }
    figures = (TEMPLATES / "figures.css").read_text(encoding="utf-8")
    shapes = [re.search(rf"\.mark\.{kind} \{{ color: [^;]*; ([^}}]*)\}}", figures) for kind in KINDS]

    assert set() == near
    assert 5 == len({shape[1] for shape in shapes if shape})
