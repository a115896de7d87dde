"""What came out: false accepts and false rejects, of everything that films differ in, each with its interval."""

import platform
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from puzzlereel import __version__
from puzzlereel.intervals import rate
from puzzlereel.machine import machine
from puzzlereel.verifiers.judge import VERIFIER_VERSION
from puzzlereel.verifiers.redteam.run import NotMade, Outcome

LIBRARIES = ("numpy", "pillow", "av")
MOST_TOLD = 500
"""How many failures are told one by one."""


def tally(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """How many of some films, all honest or all not, were judged wrongly, with Wilson's 95 % interval."""
    failures = sum(one.failed for one in outcomes)
    found: dict[str, Any] = {"films": len(outcomes), "failures": failures, **_rate(failures, len(outcomes))}
    if outcomes[0].honest:
        found["could_not_be_judged"] = sum(not one.judged for one in outcomes)
    else:
        found["misnamed"] = sum(not one.failed and not one.named for one in outcomes)
        found["early"] = sum(one.early for one in outcomes)
    return found


def _rate(hits: int, n: int) -> dict[str, float]:
    estimate = rate(hits, n)
    return {"rate": round(estimate.value, 6), "low": round(estimate.low, 6), "high": round(estimate.high, 6)}


def grouped(outcomes: Iterable[Outcome], keys: Callable[[Outcome], Iterable[str]]) -> dict[str, dict[str, Any]]:
    """A tally for each key; an outcome may have several, or none."""
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        for key in keys(one):
            groups.setdefault(key, []).append(one)
    return {key: tally(groups[key]) for key in sorted(groups)}


def report_of(
    outcomes: Iterable[Outcome | NotMade], *, seed: int, levels: int, command: str, date: str
) -> dict[str, Any]:
    """The whole report, in an order that does not depend on which worker was first."""
    found = sorted(outcomes, key=lambda one: _place(one.film))
    ordered = [one for one in found if isinstance(one, Outcome)]
    honest, cheats = ([one for one in ordered if one.honest is side] for side in (True, False))
    return {
        "films": len(ordered),
        "honest": len(honest),
        "cheats": len(cheats),
        "false_accepts": sum(one.failed for one in cheats),
        "false_rejects": sum(one.failed for one in honest),
        "could_not_be_judged": sum(not one.judged for one in honest),
        "errors": sum(bool(one.error) for one in ordered),
        "false_accept": _rate(sum(one.failed for one in cheats), len(cheats)) if cheats else None,
        "false_reject": _rate(sum(one.failed for one in honest), len(honest)) if honest else None,
        "kinds": {
            **grouped(honest, lambda one: [f"honest: {one.kind}"]),
            **grouped(cheats, lambda one: [f"cheat: {one.kind}, {one.degree}"]),
        },
        "variants": grouped(honest, _variant),
        "puzzles": _both(ordered, lambda one: one.film.split("/")[1]),
        "tiers": _both(ordered, lambda one: one.level.split("/")[1]),
        "skins": _both(ordered, lambda one: one.skin.split("+")[0]),
        "styles": _both(ordered, lambda one: one.style),
        "reasons": dict(Counter(one.reason for one in honest if one.failed and one.reason).most_common()),
        "failures": [failure(one) for one in ordered if one.failed][:MOST_TOLD],
        "not_made": [one._asdict() for one in found if isinstance(one, NotMade)],
        "seed": seed,
        "levels": levels,
        "command": command,
        "date": date,
        "machine": machine(),
        "versions": versions(),
    }


def _place(film: str) -> tuple[str, int, int]:
    _, puzzle, level, number = film.split("/")
    return puzzle, int(level), int(number)


def _variant(one: Outcome) -> list[str]:
    """The variant that befell a film alone, at full strength; combinations are one group of their own."""
    if len(one.variants) == 1:
        return [one.variants[0][0]]
    return ["combined"] if one.variants else []


def _both(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> Mapping[str, Any]:
    """Tallies for the honest films and for the cheats of each key."""
    return grouped(outcomes, lambda one: [f"{key(one)}: {'honest' if one.honest else 'cheats'}"])


def failure(one: Outcome) -> dict[str, Any]:
    """One film that was judged wrongly, and how to make it again."""
    return {
        "again": f"puzzlereel redteam --again {one.film}",
        "level": one.level,
        "honest": one.honest,
        "kind": one.kind,
        "degree": one.degree,
        "variants": [list(pair) for pair in one.variants],
        "skin": one.skin,
        "style": one.style,
        "size": list(one.size),
        "frames": one.frames,
        "since": one.since,
        "verdict": one.error or one.sentence or "solved lawfully",
    }


def versions() -> dict[str, str]:
    """What the numbers depend on."""
    return {
        "puzzlereel": __version__,
        "verifier": VERIFIER_VERSION,
        "python": platform.python_version(),
        **{library: version(library) for library in LIBRARIES},
    }
