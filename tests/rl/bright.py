"""Rewards that a random model can earn: for brightness, which its films differ in."""

from collections.abc import Iterator
from typing import Any

from puzzlereel.verifiers.apart import Judged, Judges
from puzzlereel.verifiers.verdict import PARTS, Verdict


class Bright(Judges):
    """Judges that pay for brightness."""

    def __init__(self) -> None:
        super().__init__(0)

    def judge(self, rollouts: Any) -> Iterator[Judged]:
        for rollout in rollouts:
            share = min(1.0, max(0.0, 0.5 + 5 * (float(rollout.video.mean()) / 255 - 0.5)))
            yield Judged(Verdict(dict.fromkeys(PARTS, 1.0) | {"progress": share, "solved": 0.0}))
