"""Rewards for other people's trainers: the same as ours, whatever films come in."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import puzzlereel
from puzzlereel import reward_fn
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.puzzles.ids import UnknownId, level_of, parse_id, solution_of
from puzzlereel.renderers.film import Timing, film
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import SKINS, UnknownSkin, skin_of
from puzzlereel.verifiers.apart import Judged, Judges
from puzzlereel.verifiers.judge import judge
from puzzlereel.verifiers.reward import SPARSE, reward
from puzzlereel.verifiers.verdict import PARTS

ROOT = Path(__file__).resolve().parent.parent
IDS = ["maze/tiny/train/0", "maze/tiny/train/1", "maze/tiny/train/0"]


def solved(text: str, skin: str = "classic") -> Any:
    way = solution_of(parse_id(text)).trajectory
    assert way is not None
    return film(way, skin_of("maze", skin), timing=Timing(9, least=1, most=1), canvas=Canvas(112, 112))


def batch(skin: str = "classic") -> Any:
    """A solution, half of one, and a film that never moves."""
    films = [solved(text, skin) for text in IDS]
    films[1][3:] = films[1][2]
    films[2][:] = films[2][0]
    return np.stack(films)


FILMS = batch()


def test_films_earn_what_their_verdicts_do_with_the_parts_beside_it() -> None:
    scores = reward_fn(FILMS, IDS, layout="bfhwc")
    verdicts = [
        judge(one, level_of(parse_id(text)), skin_of("maze"), reference=solution_of(parse_id(text)).trajectory)
        for one, text in zip(FILMS, IDS, strict=True)
    ]

    assert [reward(verdict) for verdict in verdicts] == scores.rewards.tolist()
    assert tuple(verdicts) == scores.verdicts
    assert {*PARTS, "success"} == set(scores.parts)
    assert [1, 0, 0] == scores.parts["success"].tolist()
    assert [verdict.parts["progress"] for verdict in verdicts] == scores.parts["progress"].tolist()
    assert 1 == scores.rewards[0] > scores.rewards[1] > scores.rewards[2] == 0


LAYOUTS = ["bfhwc", "bcfhw", "bfchw", "bchwf"]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("values", [None, (0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)])
def test_any_layout_and_any_values_give_the_same(layout: str, values: tuple[float, float] | None) -> None:
    films = FILMS.transpose(["bfhwc".index(axis) for axis in layout])
    options: dict[str, Any] = {} if values is None else {"values": values}
    if values is not None:
        films = (films / 255 * (values[1] - values[0]) + values[0]).astype(np.float32)
    scores = reward_fn(films, IDS, layout=layout, **options)

    assert reward_fn(FILMS, IDS, layout="bfhwc").rewards.tolist() == scores.rewards.tolist()


@pytest.mark.parametrize("dtype", ["uint8", "float32", "bfloat16", "float16"])
def test_tensors_are_taken_as_arrays_are(dtype: str) -> None:
    torch = pytest.importorskip("torch", reason="the rl extra is not installed")
    films = torch.from_numpy(FILMS.transpose(0, 4, 1, 2, 3).copy())
    if dtype != "uint8":
        films = (films.float() / 127.5 - 1).to(getattr(torch, dtype)).requires_grad_()
    scores = reward_fn(films, IDS, layout="bcfhw", values=(-1.0, 1.0))

    assert reward_fn(FILMS, IDS, layout="bfhwc").rewards.tolist() == scores.rewards.tolist()
    assert np.float64 == scores.rewards.dtype
    assert (3,) == scores.rewards.shape


def test_films_of_several_lengths_come_as_a_list() -> None:
    films = [FILMS[0], FILMS[1].repeat(2, 0), FILMS[2][:5]]

    assert [1, 0, 0] == reward_fn(films, IDS, layout="bfhwc").parts["success"].tolist()


def test_weights_and_skins_are_those_that_are_named() -> None:
    sparse = reward_fn(FILMS, IDS, layout="bfhwc", weights="sparse").rewards
    other = next(skin for skin in SKINS["maze"] if skin != "classic")
    mixed = np.stack([batch(other)[0], FILMS[1], FILMS[2]])

    assert [1, 0, 0] == sparse.tolist()
    assert reward(reward_fn(FILMS, IDS, layout="bfhwc").verdicts[0], SPARSE) == sparse[0]  # type: ignore[arg-type]
    assert 1 == reward_fn(mixed[:1], IDS[:1], layout="bfhwc", skins=other).rewards[0]
    assert 1 > reward_fn(mixed[:1], IDS[:1], layout="bfhwc").rewards[0]
    assert 1 == reward_fn(mixed, IDS, layout="bfhwc", skins=[other, "classic", "classic"]).rewards[0]


def test_the_failure_of_the_verifier_is_not_a_number_and_an_unreadable_film_earns_nothing() -> None:
    class Failing(Judges):
        def judge(self, rollouts: Any) -> Any:
            yield from (Judged(None, "it broke") for _ in rollouts)

    scores = reward_fn(FILMS[:2], IDS[:2], layout="bfhwc", judges=Failing(0))

    assert np.isnan(scores.rewards).all()
    assert all(np.isnan(part).all() for part in scores.parts.values())
    assert (None, None) == scores.verdicts
    assert [0] == reward_fn(FILMS[:1] * 0, IDS[:1], layout="bfhwc").rewards.tolist()


def test_processes_judge_as_this_one_does() -> None:
    with Judges(2) as judges:
        apart = reward_fn(FILMS, IDS, layout="bfhwc", judges=judges).rewards

    assert reward_fn(FILMS, IDS, layout="bfhwc").rewards.tolist() == apart.tolist()


MISTAKES = [
    ({"layout": "bfhw"}, "expected a layout of the letters of"),
    ({"layout": "fbhwc"}, "expected a layout of the letters of"),
    ({"layout": "bcfhw"}, "expected films of axes 'cfhw' with 3 colours, got"),
    ({"ids": IDS[:2]}, "expected one id a film, got 3 films and 2 ids"),
    ({"skins": ["classic"]}, "expected one skin a film, got 1 for 3 films"),
    ({"videos": FILMS / 255 * 2 - 1}, "expected uint8, or numbers from 0 to 1 as values says, got -0.859 to 0.655"),
    ({"videos": FILMS / 1.0}, "expected uint8, or numbers from 0 to 1 as values says, got 18 to 211"),
    ({"videos": FILMS * np.nan}, "expected uint8, or numbers from 0 to 1 as values says, got nan"),
    ({"weights": "best"}, "expected weights of"),
]


@pytest.mark.parametrize(("wrong", "why"), MISTAKES)
def test_what_does_not_fit_is_refused_with_what_came(wrong: dict[str, Any], why: str) -> None:
    asked = {"videos": FILMS, "ids": IDS, "layout": "bfhwc"} | wrong
    with pytest.raises(PuzzlereelError, match=why):
        reward_fn(asked.pop("videos"), asked.pop("ids"), **asked)


def test_a_level_or_skin_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownId):
        reward_fn(FILMS[:1], ["maze/tiny/train/-1"], layout="bfhwc")
    with pytest.raises(UnknownSkin):
        reward_fn(FILMS[:1], IDS[:1], layout="bfhwc", skins="tartan")


def test_the_package_offers_it_without_bringing_it_along() -> None:
    program = (
        "import sys, puzzlereel; print('numpy' in sys.modules);"
        " from puzzlereel import reward_fn; print('torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert ["False", "False"] == ran.stdout.split()
    assert "reward_fn" in puzzlereel.__all__
    with pytest.raises(AttributeError, match="has no attribute 'penalty_fn'"):
        puzzlereel.penalty_fn  # type: ignore[attr-defined]  # noqa: B018


def test_the_example_of_the_page_runs_as_it_stands() -> None:
    page = (ROOT / "docs" / "training-wan.md").read_text(encoding="utf-8")
    pytest.importorskip("torch", reason="the rl extra is not installed")
    example = page.partition("```python\n")[2].partition("```")[0]
    held: dict[str, Any] = {"videos": FILMS.transpose(0, 4, 1, 2, 3) / 127.5 - 1, "level_ids": IDS}
    exec(example, held)  # noqa: S102

    assert [1, 0, 0] == held["scores"].parts["success"].tolist()
    assert 3 == len(held["rewards"])
