"""The page of `make bench-films`, as Markdown."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from report import number, table

HEAD = """\
# Films: how fast they are made, and what ten million cost

`make bench-films` writes this page. This one was written by `{command}` on {date}, on {machine};
Python {python}, PyAV {av}, numpy {numpy}, numba {numba}. The levels are `…/medium/test/0` and on: the id is the seed.
Processor time of all processes together, start and all, unless it says otherwise.
"""
THEIRS = (0.11, 0.14)
"""Films a processor-second of MiniVeo3-Reasoner at 832x480 and 81 frames, measured when this project was designed."""
LEAST = 0.8
"""What the share of the encoder's own rate should not fall below."""


def markdown(told: dict[str, Any]) -> str:
    """The whole page."""
    parts = (sets(told), encoder(told), growth(told))
    return "\n".join([HEAD.format(**told["run"]), *(line for part in parts for line in part)]) + "\n"


def sets(told: dict[str, Any]) -> Iterator[str]:
    """What data sets cost as users make them."""
    yield "## Three times 200 levels, filmed and checked\n"
    yield (
        "`generate` makes, solves, films and encodes the levels; `generate --check` makes them again, decodes the films"
        " and judges each by the rules.\n"
    )
    rows = []
    for one in told["sets"]:
        films, made, checked = one["films"], one["generate"], one["check"]
        rows.append(
            (
                f"{one['size'][0]}x{one['size'][1]}, 81 frames, {films} films",
                number(films / made["cpu"]),
                number(films / checked["cpu"]),
                number(films / (made["cpu"] + checked["cpu"])),
                number(films / (made["wall"] + checked["wall"])),
                f"{max(made['megabytes'], checked['megabytes']):,.0f}",
            )
        )
    yield from table(
        ("films", "made a CPU-s", "checked a CPU-s", "both a CPU-s", "both a second", "most memory, MB"), rows
    )
    large = told["sets"][0]
    rate = large["films"] / (large["generate"]["cpu"] + large["check"]["cpu"])
    yield (
        f"\nThe pipeline of MiniVeo3-Reasoner (mazes) made {THEIRS[0]} to {THEIRS[1]} films a CPU-second at"
        f" 832x480 and 81 frames, without a check, on a machine of this kind: {rate / THEIRS[1]:.0f} to"
        f" {rate / THEIRS[0]:.0f} times fewer than are made and checked here.\n"
    )


def encoder(told: dict[str, Any]) -> Iterator[str]:
    """How near filming comes to the encoder's own rate."""
    yield "## Beside the encoder alone\n"
    shares = [one["ratio"]["shots"] for one in told["encoder"]]
    yield (
        "*Encoder*: x264's own time for pictures that are in its format already. *Film*: the same file from a solution,"
        " drawn, converted and encoded. *Frames*: the same from an array of RGB frames. Milliseconds a film; shares are"
        f" medians over {told['run']['rounds']} rounds in turns. Over all rows the film's share has the median"
        f" {median(shares):.0%} and the least {min(shares):.0%} (aim: {LEAST:.0%}).\n"
    )
    rows = [
        (
            f"{one['puzzle']} {one['style']}, {one['size'][0]}x{one['size'][1]}",
            *(number(one[work]) for work in ("encoder", "shots", "frames")),
            *(f"{one['ratio'][work]:.0%}" for work in ("shots", "frames")),
            f"{one['bytes'] / 1000:.1f}",
        )
        for one in told["encoder"]
    ]
    yield from table(("ms a film", "encoder", "film", "frames", "film's share", "frames' share", "kB"), rows)


def growth(told: dict[str, Any]) -> Iterator[str]:
    """What sets of growing size cost, and what follows for ten million films."""
    yield "\n## Ten million films\n"
    yield (
        f"Sets of 480x832 films of all three puzzles, with one process a core. Starting takes {told['start']:.1f}"
        " CPU-seconds, which the cost of a film leaves out; memory is of all processes together, at its highest.\n"
    )
    rows = []
    for one in told["growth"]:
        spent = one["generate"]["cpu"] - told["start"]
        rows.append(
            (
                f"{one['films']:,} films",
                number(one["generate"]["cpu"]),
                number(one["generate"]["wall"]),
                number(1000 * spent / one["films"]),
                number(one["film_bytes"] / one["films"] / 1000),
                number(one["other_bytes"] / one["films"] / 1000),
                f"{one['generate']['megabytes']:,.0f}",
            )
        )
    yield from table(
        ("set", "CPU-s", "seconds", "CPU-ms a film", "kB a film", "kB of the rest a film", "memory, MB"), rows
    )
    yield "\n" + planned(told["growth"], told["start"], told["exponent"])


def planned(sets: Sequence[dict[str, Any]], start: float, exponent: float) -> str:
    """The sentence that extrapolates."""
    last, millions = sets[-1], 10_000_000
    each = (last["generate"]["cpu"] - start) / last["films"]
    days = millions * each / 86_400
    size = millions * (last["film_bytes"] + last["other_bytes"]) / last["films"] / 1e9
    return (
        f"Processor time grows with the number of films to the power {exponent:.2f} (1 is linear). Ten million films"
        f" follow as {days:,.1f} core-days, that is {24 * days / 64:,.1f} hours on 64 cores like these, and {size:,.0f}"
        " GB."
    )
