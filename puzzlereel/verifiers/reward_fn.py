"""Rewards for whoever brings a trainer of their own: a batch of films and level ids in, rewards and parts out.

from puzzlereel import reward_fn
scores = reward_fn(videos, ["maze/easy/train/0", …], layout="bcfhw", values=(-1.0, 1.0))
scores.rewards          # float64 (batch,), in [0, 1]; NaN where the verifier failed
scores.parts["lawful"]  # float64 (batch,)
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64, Shaped, UInt8

from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.puzzles.ids import level_of, parse_id, solution_of
from puzzlereel.renderers.film import Video
from puzzlereel.renderers.skins import Skin, skin_of
from puzzlereel.verifiers.apart import Judges, Rollout
from puzzlereel.verifiers.reward import reward, weights_of
from puzzlereel.verifiers.verdict import PARTS, Verdict

Numbers = Shaped[np.ndarray, "..."]

AXES = "bfhwc"
"""Batch, frames, height, width and colours: the layout that a film has in this package."""
SLACK = 0.02
"""How far a number may be beyond the values of black and white, as a share of what is between them."""


class Scores(NamedTuple):
    """What films are worth, in the order in which they came."""

    rewards: Float64[np.ndarray, " batch"]
    """In [0, 1]: 0 where the film could not be judged, NaN where the verifier failed."""
    parts: Mapping[str, Float64[np.ndarray, " batch"]]
    """What rewards are made of, each in [0, 1], and "success"; NaN likewise."""
    verdicts: tuple[Verdict | None, ...]
    """All that there is to say; None where the verifier failed."""


def reward_fn(
    videos: Any,
    ids: Sequence[str],
    *,
    layout: str,
    values: tuple[float, float] = (0.0, 1.0),
    skins: str | Sequence[str] | None = None,
    weights: str = "ours",
    judges: Judges | None = None,
) -> Scores:
    """The rewards of a batch of films of levels, such as a trainer makes.

    `videos` is an array or a torch tensor on any device, or a sequence of such without a batch axis; `layout` names its
    axes by the letters of "bfhwc" in their order. uint8 is taken as it is; of other numbers, `values` are those of
    black and white. `skins` says how the levels are drawn: the puzzles' own skins without it. `judges` are processes
    that judge many films at once. PuzzlereelError where films and ids do not fit or an id names no level.
    """
    if len(videos) != len(ids):
        raise PuzzlereelError(f"expected one id a film, got {len(videos)} films and {len(ids)} ids")
    chosen = [skins] * len(ids) if skins is None or isinstance(skins, str) else list(skins)
    if len(chosen) != len(ids):
        raise PuzzlereelError(f"expected one skin a film, got {len(chosen)} for {len(ids)} films")
    known = weights_of(weights)
    asked = [(parse_id(text), _skin(text, skin)) for text, skin in zip(ids, chosen, strict=True)]
    films = frames_of(videos, layout=layout, values=values)

    def rollouts() -> Iterator[Rollout]:
        for film, (identity, skin) in zip(films, asked, strict=True):
            yield Rollout(film, level_of(identity), skin, solution_of(identity).trajectory)

    judged = list((judges or Judges(1)).judge(rollouts()))
    verdicts = tuple(one.verdict for one in judged)
    told = [np.nan if verdict is None else reward(verdict, known) for verdict in verdicts]
    parts = {name: np.array([_part(verdict, name) for verdict in verdicts]) for name in (*PARTS, "success")}
    return Scores(np.array(told, dtype=np.float64), parts, verdicts)


def frames_of(videos: Any, *, layout: str, values: tuple[float, float]) -> list[Video]:
    """A batch of films as this package has them; PuzzlereelError where the layout or the numbers cannot be."""
    if sorted(layout) != sorted(AXES) or layout[0] != "b":
        raise PuzzlereelError(f'expected a layout of the letters of "{AXES}", "b" first, got {layout!r}')
    order = [layout[1:].index(axis) for axis in AXES[1:]]
    films = []
    for video in videos:
        film = _array(video)
        if film.ndim != len(order) or film.shape[layout.index("c") - 1] != 3:
            raise PuzzlereelError(f"expected films of axes {layout[1:]!r} with 3 colours, got {film.shape}")
        films.append(_whole(np.ascontiguousarray(film.transpose(order)), values))
    return films


def _array(video: Any) -> Numbers:
    """An array of a tensor, without torch: half precision, which numpy has not got, becomes float32."""
    if hasattr(video, "detach"):
        video = video.detach().cpu()
        video = video.float() if video.is_floating_point() else video
    return np.asarray(video)


def _whole(film: Numbers, values: tuple[float, float]) -> Video:
    """Colours as whole numbers from 0 to 255."""
    if film.dtype == np.uint8:
        return film
    black, white = values
    shares = (film.astype(np.float64) - black) / (white - black)
    if not (film.size and -SLACK <= shares.min() and shares.max() <= 1 + SLACK):
        found = f"{film.min():.3g} to {film.max():.3g}" if film.size else "none"
        raise PuzzlereelError(f"expected uint8, or numbers from {black:g} to {white:g} as values says, got {found}")
    colours: UInt8[np.ndarray, "frames height width 3"] = np.rint(shares.clip(0, 1) * 255).astype(np.uint8)
    return colours


def _skin(text: str, name: str | None) -> Skin:
    puzzle = parse_id(text).puzzle
    return skin_of(puzzle) if name is None else skin_of(puzzle, name)


def _part(verdict: Verdict | None, name: str) -> float:
    if verdict is None:
        return float("nan")
    return float(verdict.success) if name == "success" else verdict.parts[name]
