"""docs/faults.md has every reason, and shows films that still get it."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from puzzlereel.puzzles.core import Reason

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "docs"))
import faults  # type: ignore[import-not-found]  # noqa: E402

SECTIONS = re.split(r"^## ", (ROOT / "docs" / "faults.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
NAMED = pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.name.lower())


def test_the_page_has_the_reasons_in_their_order() -> None:
    assert [f"`{reason.name.lower()}`" for reason in Reason] == [section.partition("\n")[0] for section in SECTIONS]


@NAMED
def test_a_reason_is_told_with_its_sentence_its_meaning_and_its_film(reason: Reason) -> None:
    (section,) = (section for section in SECTIONS if section.startswith(f"`{reason.name.lower()}`\n"))
    told: Any = faults.FILMS[reason]
    _, meaning, picture, film = section.strip().split("\n\n")

    assert meaning.startswith(f"**{reason.value}.** ")
    assert 20 < len(meaning.partition(".** ")[2])
    assert re.fullmatch(rf"!\[[^]]{{20,}}]\(faults/{reason.name.lower()}\.png\)", picture)
    assert film.startswith(f"`{told.cheat.removesuffix('!')}`")
    assert f" on `{told.level}`" in film


@NAMED
def test_the_film_of_a_reason_gets_it(reason: Reason) -> None:
    case = faults.case_of(faults.FILMS[reason])

    assert reason is case.verdict.faults[0].reason
    assert (ROOT / "docs" / "faults" / f"{reason.name.lower()}.png").stat().st_size < 60_000
    with Image.open(ROOT / "docs" / "faults" / f"{reason.name.lower()}.png") as shown:
        assert faults.picture(case).shape[:2] == (shown.height, shown.width)
