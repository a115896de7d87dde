"""The table of `make bench-puzzles`, as Markdown."""

from collections.abc import Iterator, Sequence
from typing import Any

HEAD = """\
# Puzzles: how fast levels are made and solved

`make bench-puzzles` writes this page. This one was written by `{command}` on {date}, on {machine};
Python {python}, numpy {numpy}, numba {numba}; seed `{seed}`. One core, processor time, each rate the median of
{rounds} rounds, after compilation. Rates of other people's generators are measured in the same run, between two rounds
of ours.

## Making levels

*Kernel*: the generator's own loop. *Public*: `generate`, `solve` and `form_of`, that is levels with their solutions,
proven and replayed under the rules, and their canonical forms. *Share*: public by kernel. *Aim*: what the kernel's rate
must not fall below. The kernel of mazes draws trees alone, or, "with text", whole levels.
"""


def markdown(told: dict[str, Any]) -> str:
    """The whole page."""
    return "\n".join([HEAD.format(**told["run"]), *making(told), "", *solving(told)]) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table with its numbers to the right."""
    yield "| " + " | ".join(head) + " |"
    yield "|---" + "|---:" * (len(head) - 1) + "|"
    yield from ("| " + " | ".join(row) + " |" for row in rows)


def number(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def making(told: dict[str, Any]) -> Iterator[str]:
    """Our rates, and then those of others with the ratio."""
    rows = [
        (
            name,
            number(one["kernel"]),
            number(one["least"]) if one["least"] else "",
            number(one["public"]),
            f"{one['public'] / one['kernel']:.2f}",
        )
        for name, one in told["rates"].items()
    ]
    yield from table(("levels a second", "kernel", "aim", "public", "share"), rows)
    yield "\nBeside others, which draw levels of the same size without canonical forms or (Sokoban) without proof:\n"
    rows = []
    for peer, found in told["peers"].items():
        if "failed" in found:
            rows.append((f"{peer}: {found['failed']}", "", "", "", ""))
            continue
        for name, theirs in found["rates"].items():
            ours = told["rates"][name]
            ratios = [f"{number(ours[which] / theirs)} ×" for which in ("kernel", "public")]
            rows.append((f"{peer} {found['version']}, {name}", number(theirs), number(ours["kernel"]), *ratios))
    yield from table(("levels a second", "theirs", "our kernel", "kernel by theirs", "public by theirs"), rows)


def solving(told: dict[str, Any]) -> Iterator[str]:
    """Levels that others made."""
    yield "## Solving other people's levels\n"
    if "flow_solver" not in told:
        yield "The collections were not beside the repository: nothing was measured."
        return
    flows = told["flow_solver"]
    total = sum(flows["seconds"].values())
    counts = [f"{name} {count}" for name, count in flows["counts"].items() if count != 1]
    slowest = max(flows["seconds"], key=flows["seconds"].get)
    yield (
        f"**flow_solver**, {len(flows['counts'])} puzzles: all solved, with their solutions under the general rules"
        f" counted up to 2, in {total:.2f} s together (aim: 40 s); the slowest, {slowest}, in"
        f" {flows['seconds'][slowest]:.2f} s. One solution each but: {', '.join(counts)}. Proof that at most one fill"
        f" never touches itself, for all of them: {1000 * flows['quiet_seconds']:.1f} ms (aim: 20 ms)."
    )
    yield ""
    rows = [
        (
            name,
            str(one["levels"]),
            str(one["proven"]),
            f"{one['median_ms']:.2f}",
            f"{one['most_seconds']:.2f}",
            f"{one['total_seconds']:.1f}",
        )
        for name, one in told["sokoban"].items()
    ]
    yield from table(("Sokoban, fewest pushes", "levels", "proven", "median ms", "slowest s", "all s"), rows)
    yield ""
    for name, one in told["sokoban"].items():
        yield f"{name}, within {one['limit']:g} s a level, not proven: {', '.join(one['rest']) or 'none'}."
