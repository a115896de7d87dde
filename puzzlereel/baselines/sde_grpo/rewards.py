"""Films are sampled and judged at the same time, and what the verifier says of them becomes rewards and figures.

this process   sample  decode │ sample  decode │ sample  decode │ wait
judges                          judge   judge    judge   judge    judge
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import nan
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float64, UInt8

from puzzlereel.baselines.sde_grpo import ranks
from puzzlereel.baselines.sde_grpo.lessons import Lesson, firsts_of
from puzzlereel.baselines.sde_grpo.metrics import Clock
from puzzlereel.baselines.sde_grpo.policy import Condition, Policy
from puzzlereel.baselines.sde_grpo.rollout import Kept, sample
from puzzlereel.baselines.sde_grpo.sde import Move, moves
from puzzlereel.renderers.film import Video
from puzzlereel.verifiers.apart import Judged, Judges, Rollout
from puzzlereel.verifiers.reward import Weights, reward, weights_of
from puzzlereel.verifiers.verdict import Verdict

SEEN_AGAIN = 8
"""Of how many films one is kept, to be judged in disguise."""


class Asked(NamedTuple):
    """A film that is wanted."""

    lesson: Lesson
    name: tuple[object, ...]
    """The seed of all its noise."""


class Take(NamedTuple):
    """Films that were sampled together, but for those whose latents are not finite."""

    rows: list[int]
    """Which they are of all that were asked for."""
    asked: list[Asked]
    condition: Condition
    kept: list[Kept]


class Told(NamedTuple):
    """What came of one film, as all processes are told."""

    place: int
    """Which it is of all that were asked for."""
    verdict: Verdict | None
    errors: list[str]


class Filmed(NamedTuple):
    takes: list[Take]
    """Those of this process; where it had no films of its own at some time, one with none."""
    verdicts: list[Verdict | None]
    """None where the verifier failed, or there was no film to judge: the policy gave numbers that are not finite."""
    errors: list[str]
    """Why, each reason once."""
    videos: dict[int, Video]
    """Every `SEEN_AGAIN`th film, of those of this process, by its place."""


def film_all(
    policy: Policy, asked: Sequence[Asked], along: Sequence[Move], *, batch: int, judges: Judges, clock: Clock
) -> Filmed:
    """Sample the films that are asked for along some moves, so many at once, while others are being judged.

    Processes take turns by batches, so that films are the same with any number of them.
    """
    takes, finite, again = list[Take](), dict[int, bool](), dict[int, Video]()

    def films() -> Iterator[Rollout]:
        for number, own in ranks.turns(-(-len(asked) // batch)):
            first = number * batch
            some = asked[first : first + batch]
            with clock("sample"):
                begun = firsts_of([one.lesson for one in some])
                condition = policy.encode([one.lesson.prompt for one in some], begun)
                sampled = sample(policy, condition, along, [one.name for one in some])
            if not own:
                takes.append(_take(first, some, condition, sampled.kept, [False] * len(some)))
                continue
            with clock("decode"):
                whole = sampled.latents.isfinite().flatten(1).all(1)
                videos = policy.decode(sampled.latents.nan_to_num(0, 0, 0)).cpu()
            takes.append(_take(first, some, condition, sampled.kept, whole.tolist()))
            finite.update(enumerate(whole.tolist(), first))
            again.update({first + i: videos[i].numpy() for i in range(-first % SEEN_AGAIN, len(some), SEEN_AGAIN)})
            yield from (one.lesson.answered(video) for one, video in zip(some, videos, strict=True))

    with clock("judge"):
        judged = list(judges.judge(films()))
    told = [_told(place, one, finite[place]) for place, one in zip(finite, judged, strict=True)]
    with clock("wait"):
        told = sorted((one for part in ranks.gathered(told) for one in part), key=lambda one: one.place)
    assert [one.place for one in told] == [*range(len(asked))]
    errors = dict.fromkeys(error for one in told for error in one.errors)
    return Filmed(takes, [one.verdict for one in told], list(errors), again)


def _told(place: int, judged: Judged, finite: bool) -> Told:
    verdict = judged.verdict if finite else None
    errors = [judged.error, "" if finite else "the latents are not finite"]
    return Told(place, verdict, [error for error in errors if error])


def _take(
    first: int, asked: Sequence[Asked], condition: Condition, kept: Sequence[Kept], whole: Sequence[bool]
) -> Take:
    rows = [i for i, finite in enumerate(whole) if finite]
    held = list(kept) if all(whole) else [one.take(rows) for one in kept]  # no copies where all stay
    return Take([first + i for i in rows], [asked[i] for i in rows], condition.take(rows), held)


def rewards_of(verdicts: Sequence[Verdict | None], weights: Weights) -> Float64[torch.Tensor, " films"]:
    """The reward of each film, in [0, 1]; NaN where it has no verdict."""
    told = [nan if verdict is None else reward(verdict, weights) for verdict in verdicts]
    return torch.tensor(told, dtype=torch.float64)


def disguised(video: UInt8[np.ndarray, "frames height width 3"]) -> UInt8[np.ndarray, "shots height width 3"]:
    """The same film at half the pace: to a judge that is right, no other film.

    Its size and colours are left alone: to find out what was done to them takes the judge a hundred times as long.
    """
    return video.repeat(2, 0)


def canary(asked: Sequence[Asked], filmed: Filmed, weights: Weights, *, judges: Judges) -> dict[str, float]:
    """What some films would be rewarded with in disguise, which is never trained on, and by how much they get more.

    A gap that grows says that a policy learns what the verifier takes for a solution, and not to solve. NaN where no
    film has both verdicts.
    """
    places = list(filmed.videos)
    films = (asked[place].lesson.answered(torch.from_numpy(disguised(filmed.videos[place]))) for place in places)
    own = rewards_of([one.verdict for one in judges.judge(films)], weights).tolist()
    found = sorted(pair for part in ranks.gathered([*zip(places, own, strict=True)]) for pair in part)
    told = torch.tensor([reward for _, reward in found], dtype=torch.float64)
    paid = rewards_of([filmed.verdicts[place] for place, _ in found], weights)
    return {"canary": float(told.nanmean()), "gap": float((paid - told).nanmean())}


def figures_of(asked: Sequence[Asked], filmed: Filmed) -> dict[str, Any]:
    """What is worth telling of judged films: means, success by the moves of the reference solution, and by puzzle."""
    known = [(one, verdict) for one, verdict in zip(asked, filmed.verdicts, strict=True) if verdict is not None]
    by_moves: dict[int, list[bool]] = defaultdict(list)
    by_puzzle: dict[str, list[bool]] = defaultdict(list)
    for one, verdict in known:
        by_moves[len(one.lesson.way.moves)].append(verdict.success)
        by_puzzle[one.lesson.skin.puzzle].append(verdict.success)
    parts = sorted({part for _, verdict in known for part in verdict.parts})
    return {
        "films": len(asked),
        "unjudged": len(asked) - len(known),
        "errors": filmed.errors,
        "success": fmean([verdict.success for _, verdict in known]) if known else nan,
        "arrived": fmean([verdict.arrived for _, verdict in known]) if known else nan,
        "by_moves": {str(moves): fmean(by_moves[moves]) for moves in sorted(by_moves)},
        "by_puzzle": {puzzle: fmean(by_puzzle[puzzle]) for puzzle in sorted(by_puzzle)},
        "parts": {part: fmean([verdict.parts.get(part, 0.0) for _, verdict in known]) for part in parts},
    }


def examine(
    policy: Policy,
    lessons: Sequence[Lesson],
    *,
    run: str,
    steps: int,
    batch: int,
    judges: Judges,
    weights: str = "ours",
) -> Mapping[str, Any]:
    """How well a policy films: one film a lesson by the ODE, from noise of the run's name that is always the same."""
    asked = [Asked(lesson, (run, "examine", lesson.id)) for lesson in lessons]
    along = moves(policy.sigmas(steps), "ode", 1.0, ())
    filmed = film_all(policy, asked, along, batch=batch, judges=judges, clock=Clock())
    rewards = rewards_of(filmed.verdicts, weights_of(weights))
    return {"reward": float(rewards.nanmean()), **figures_of(asked, filmed)}
