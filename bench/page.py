"""`python bench/page.py`: every recorded figure on one page, bench/README.md, beside those of others.

Nothing is measured here. Figures come from the records that the other benchmarks left; what has no record is listed as
not recorded. Only other people's figures stand below, each with its source.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import films_report
import survivors
import verifiers_report
from report import number, table

Told = dict[str, Any]


class Row(NamedTuple):
    """A figure of ours, one of theirs with its owner, and how many times better ours is."""

    figure: str
    ours: str
    theirs: str = "—"
    times: str = "—"


class Subject(NamedTuple):
    """What was measured, where its record is, how to repeat it, where all of its figures are."""

    title: str
    record: str
    command: str
    page: str
    text: str
    rows: Callable[[Told], Iterator[Row]]


NUMBERLINK = (
    ("numberlink, gen.py", {"flowfree 5x5": 37, "flowfree 8x8": 9.8, "flowfree 10x10": 7.7}),
    ("numberlink, in Go", {"flowfree 5x5": 370, "flowfree 10x10": 250}),
)
"""Levels a second of thomasahle/numberlink (†), 40 to 80 % of which have one solution at 5x5 in Python, 92 % in Go."""
SOKOBAN = (
    ("Boxoban unfiltered test, every fifth", "allenc256/sokoban-solver, no proof", 6.3),
    ("Boxoban medium train, every tenth", "allenc256/sokoban-solver, no proof", 6.3),
    ("Boxoban medium train, every tenth", "martin-t/sokoban-solver, fewest pushes", 7.4),
)
"""Median milliseconds of other solvers (†), each as a process of its own, on 100 or 200 levels of the same kind."""
START_MS = 5
"""What the start of such a process takes (†), about."""
MICROBAN = (151, 155, 10)
"""Levels that allenc256's and martin-t's solvers solve (†), of how many, in how many seconds each."""
SAT = (29, 5.3)
"""Puzzles of flow_solver, and the seconds in which CaDiCaL 1.9.5 finds and counts their solutions (†)."""
PAPER_SAVED = 40
"""Percent of training time that Early-Step Focus saves, about (Zhu et al., arXiv 2605.15458)."""
PAPER_GAIN = 6.1
"""Points of success on Maze by which its VideoRLVR is above the SFT that it starts from (the same, 72.2 and 66.1)."""

HEAD = """\
# All figures

`python bench/page.py` writes this page from the records beside it, at the end of each `make bench-…`; `make bench` runs
all but `make bench-rl`. *Times*: how many times as fast as theirs ours is, "—" where the two cannot be compared or
nothing of theirs is known. Rates are of processor time. Figures of others with † were measured when this project was
designed, on a machine of the same kind that other work shared, and may be off by 40 %; those with ‡ are as published,
of another model, test set and verifier; all others are of the same run as ours.
"""


def page(folder: Path) -> str:
    """The whole page."""
    found = [
        (one, json.loads(path.read_text("utf-8")) if (path := folder / one.record).is_file() else None)
        for one in SUBJECTS
    ]
    lines = [HEAD, *table(("subject", "date", "machine", "repeat with"), [overview(*each) for each in found])]
    for subject, told in found:
        if told is not None:
            lines += ["", f"## {subject.title}", "", f"{subject.text} {source(subject, told)}", ""]
            lines += table(("", "ours", "theirs", "times"), list(subject.rows(told)))
    return "\n".join([*lines, *others(folder)]) + "\n"


def about(told: Told) -> dict[str, str]:
    """The command, date and machine of a record; some have them beside their figures."""
    run = told.get("run", told)
    return {key: run.get(key, "not recorded") for key in ("command", "date", "machine")}


def overview(subject: Subject, told: Told | None) -> Sequence[str]:
    """What a record says of itself."""
    if told is None:
        return subject.title, "not recorded", "", f"`{subject.command}`"
    run = about(told)
    anchor = subject.title.lower().replace(" ", "-")
    return f"[{subject.title}](#{anchor})", run["date"], run["machine"], f"`{subject.command}`"


def source(subject: Subject, told: Told) -> str:
    """The sentence that tells how the record came about and where the rest is."""
    return f"Recorded by `{about(told)['command']}`. [All of it]({subject.page})."


def others(folder: Path) -> Iterator[str]:
    """Records that have no section."""
    known = {subject.record for subject in SUBJECTS}
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.json"))
    rows = []
    for name in paths:
        if name not in known:
            run = about(json.loads((folder / name).read_text("utf-8")))
            rows.append((f"[{name}]({name})", run["date"], run["machine"], f"`{run['command']}`"))
    if rows:
        yield "\n## Other records\n"
        yield from table(("record", "date", "machine", "command"), rows)


def span(values: Sequence[float]) -> str:
    """The least and the most."""
    return f"{number(min(values))} to {number(max(values))}"


def times(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """How many times as much, from the least of ours by the most of theirs to the reverse."""
    low, high = number(min(ours) / max(theirs)), number(max(ours) / min(theirs))
    return f"{low} ×" if low == high else f"{low} to {high} ×"


def percent(told: Told, sign: str = "") -> str:
    """A share with its interval."""
    value, low, high = (100 * told[key] for key in ("value", "low", "high"))
    return f"{value:{sign}.1f} [{low:{sign}.1f}, {high:{sign}.1f}]"


def making(told: Told) -> Iterator[Row]:
    """Levels a second, as `generate` makes them, and the kernel's own."""
    peers = [(f"{name} {one['version']}", one["rates"]) for name, one in told["peers"].items() if "rates" in one]
    peers += [(f"{name}†", rates) for name, rates in NUMBERLINK]
    for whose, rates in peers:
        for level, theirs in rates.items():
            one = told["rates"][level]
            kernel, public = one["kernel"], one["public"]
            by = f"{times([public], [theirs])} ({times([kernel], [theirs])})"
            yield Row(level, f"{number(public)} ({number(kernel)})", f"{number(theirs)}, {whose}", by)
    for name, one in told["peers"].items():
        if "failed" in one:
            yield Row(name, "", f"not recorded: {one['failed']}")


def solving(told: Told) -> Iterator[Row]:
    """Levels that others made."""
    if "flow_solver" not in told:
        yield Row("other people's levels", "not recorded")
        return
    flows = told["flow_solver"]
    ours = f"{sum(flows['seconds'].values()):.2f} s for {len(flows['counts'])}"
    yield Row("flow_solver's puzzles, solutions counted up to 2", ours, f"{SAT[1]} s for {SAT[0]}, CaDiCaL 1.9.5†")
    for level, whose, theirs in SOKOBAN:
        median = told["sokoban"][level]["median_ms"]
        figure, by = f"{level}: median ms", times([1 / median], [1 / theirs, 1 / (theirs - START_MS)])
        yield Row(figure, f"{median:.2f}", f"{theirs}, {whose}†", by)
    microban, (solved, levels, seconds) = told["sokoban"]["Microban"], MICROBAN
    ours = f"{microban['proven']} of {microban['levels']} in {microban['limit']:g} s each"
    yield Row("Microban: solved", ours, f"{solved} of {levels} in {seconds} s each, the same two†")


def filming(told: Told) -> Iterator[Row]:
    """Films a processor-second, and what an encoder leaves."""
    whose = "{} to {}, MiniVeo3-Reasoner, not checked†".format(*films_report.THEIRS)
    for one in told["sets"]:
        films, made, checked = one["films"], one["generate"]["cpu"], one["check"]["cpu"]
        size = "{}x{}, 81 frames: films a CPU-second".format(*one["size"])
        if one is told["sets"][0]:
            yield Row(f"{size}, made", number(films / made), whose, times([films / made], films_report.THEIRS))
            both = films / (made + checked)
            yield Row(f"{size}, made and checked", number(both), whose, times([both], films_report.THEIRS))
        else:
            yield Row(f"{size}, made", number(films / made))
            yield Row(f"{size}, made and checked", number(films / (made + checked)))
    shares = [one["ratio"]["shots"] for one in told["encoder"]]
    yield Row(f"share of x264's own rate (aim: {films_report.LEAST:.0%})", f"{min(shares):.0%} to {max(shares):.0%}")


def judging(told: Told) -> Iterator[Row]:
    """Films a processor-second, from files and from memory."""
    rates = [1 / one["verify"] for one in told["files"]]
    figure = f"from files (aim: {verifiers_report.FROM_FILES})"
    settings = ""
    for name, given, theirs in verifiers_report.THEIRS:
        settings = settings if given == "the same" else given
        numbers = [float(one) for one in theirs.split(" to ")]
        yield Row(figure, span(rates), f"{theirs}, {name}: {settings}†", times(rates, numbers))
    ratios = [one["ratio"] for one in told["files"]]
    yield Row(f"the whole verdict by decoding alone (aim: at most {verifiers_report.RATIO})", span(ratios))
    for size, least in verifiers_report.RATES.items():
        rates = [one["rate"] for one in told["memory"] if one["size"] == size]
        yield Row(f"{size}, from memory (aim: {least})", span(rates))


def attacked(told: Told) -> Iterator[Row]:
    """What the red team came to."""
    for figure, count, total, share in (
        ("cheats accepted", "false_accepts", "cheats", "false_accept"),
        ("honest films refused", "false_rejects", "honest", "false_reject"),
    ):
        rate, low, high = (100 * told[share][key] for key in ("rate", "low", "high"))
        yield Row(figure, f"{told[count]:,} of {told[total]:,}: {rate:.2f} % [{low:.2f}, {high:.2f}]")
    name, worst = max(told["variants"].items(), key=lambda each: each[1]["rate"])
    yield Row(f"the most refused in one variant ({name})", f"{worst['failures']} of {worst['films']}")
    yield Row("could not be judged", f"{told['could_not_be_judged']:,}")
    yield Row("errors", f"{told['errors']:,}")


def truth(told: Told) -> Iterator[Row]:
    """What became of the films of solutions."""
    yield Row("solutions accepted", f"{told['succeeded']:,} of {told['films']:,}")


def scoring(told: Told) -> Iterator[Row]:
    """What scoring adds, and the site."""
    one, site = told["scoring"], told["site"]
    yield Row("scoring beside judging alone", f"{100 * one['share']:+.1f} %")
    yield Row("the same without the start", f"{100 * one['share_after_start']:+.1f} %")
    killed = told["killed"]
    yield Row("verdicts kept when killed", f"{killed['kept']:,} of {killed['verdicts_at_kill']:,}")
    for name, key in (("site without films", "plain"), ("site with all films", "films")):
        yield Row(f"{name}: CPU-seconds", number(site[key]["own"]))


def learning(told: Told) -> Iterator[Row]:
    """Success of each arm, and by how much early dense SDE-GRPO is above the others."""
    yield Row("runs that have ended, of all arms and seeds", str(len(told["outcomes"])))
    for arm, one in told["arms"].items():
        seeds = f"{len(one['seeds'])} of {told['study']['seeds']} seeds"
        yield Row(f"`{arm}`, {seeds}: success, %", percent(one["success"]))
    for arm, one in told["early minus"].items():
        theirs = f"{PAPER_GAIN:+}, VideoRLVR on its mazes‡" if arm == "sft" else "—"
        yield Row(f"`early` minus `{arm}`, {len(one['seeds'])} seeds: points", percent(one["success"], "+"), theirs)


def focus(told: Told) -> Iterator[Row]:
    """What Early-Step Focus saves, and what it does to success."""
    theirs = f"about {PAPER_SAVED}, VideoRLVR‡"
    yield Row("training time saved, measured, %", f"{100 * told['measured_saving']:.1f}", theirs)
    yield Row("training time saved, predicted, %", f"{100 * told['predicted_saving']:.1f}")
    yield Row("success, early minus all: points", percent(told["early minus all"], "+"))


SUBJECTS = (
    Subject(
        "Levels made",
        "puzzles.json",
        "make bench-puzzles",
        "puzzles.md",
        "Levels a second: with solutions, proofs and canonical forms, and in brackets the generator's own loop. Theirs"
        " are without canonical forms and, in Sokoban, without proof.",
        making,
    ),
    Subject(
        "Levels solved",
        "puzzles.json",
        "make bench-puzzles",
        "puzzles.md",
        "Other people's levels; fewest pushes, proven, in Sokoban. Theirs are not the very same levels, and their times"
        f" have the start of a process in them, of about {START_MS} ms: *times* is without it and with it.",
        solving,
    ),
    Subject(
        "Films made",
        "films.json",
        "make bench-films",
        "films.md",
        "Levels made, solved, filmed and encoded; checked: made again, decoded and judged.",
        filming,
    ),
    Subject(
        "Films judged",
        "verifiers.json",
        "make bench-verifiers",
        "verifiers.md",
        "Films a CPU-second; from files: of 81 frames at 480x832, clean and noisy. Theirs have no more pixels.",
        judging,
    ),
    Subject(
        "The red team",
        "redteam/redteam.json",
        "make bench-verifiers",
        "../docs/redteam.md",
        "Fresh levels, filmed lawfully in every disguise, and cheated on; intervals of 95 %."
        " No such figure of others is known here; [how theirs were fooled](../docs/verifiers.md).",
        attacked,
    ),
    Subject(
        "The ground truth",
        "truth.json",
        "make bench-verifiers",
        "truth.json",
        "Every puzzle, tier, style, skin and codec.",
        truth,
    ),
    Subject(
        "Rules broken",
        "survivors.json",
        "make mutation",
        "survivors.md",
        "Every small change that mutmut makes to the rules of the puzzles, one at a time.",
        lambda told: (Row(*row) for row in survivors.figures(told)),
    ),
    Subject(
        "Scoring",
        "scoring.json",
        "make bench-scoring",
        "scoring.md",
        "What `score` takes beside the verifier alone, and how long a site takes.",
        scoring,
    ),
    Subject(
        "SDE-GRPO and more SFT",
        "rl/rl.json",
        "make bench-rl",
        "rl/rl.md",
        "A tiny policy, on test levels, with 95 % intervals.",
        learning,
    ),
    Subject(
        "Early-Step Focus",
        "rl/esf.json",
        "make bench-rl",
        "../docs/training.md#what-early-step-focus-saves",
        "A tiny policy, trained on the first half of the steps and on all but the last.",
        focus,
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(__file__).resolve().parent, help="has the records")
    folder = parser.parse_args().folder
    (folder / "README.md").write_text(page(folder), encoding="utf-8")


if __name__ == "__main__":
    main()
