"""What the pages say of the red team is what its recorded report says."""

import json
import re
from pathlib import Path

import pytest

from puzzlereel.verifiers.judge import VERIFIER_VERSION

ROOT = Path(__file__).resolve().parent.parent
REPORT = json.loads((ROOT / "bench" / "redteam" / "redteam.json").read_text(encoding="utf-8"))
LINES = (ROOT / "docs" / "redteam.md").read_text(encoding="utf-8").splitlines()
PAGE = " ".join((ROOT / "docs" / "redteam.md").read_text(encoding="utf-8").split())


def alone(variants: int) -> int:
    """How many films were refused that were to have so many variants; three stand for two or more."""
    return sum(min(len(failure["variants"]), 2) == min(variants, 2) for failure in REPORT["failures"])


def test_the_report_is_of_this_judge_and_of_as_many_films_as_are_promised() -> None:
    assert VERIFIER_VERSION == REPORT["versions"]["verifier"]
    assert 5000 <= REPORT["films"]
    assert 300 <= REPORT["levels"]
    assert 0 == REPORT["false_accepts"] == REPORT["errors"]
    assert REPORT["false_rejects"] <= 0.01 * REPORT["honest"]


def test_variants_that_miss_the_aim_are_told_apart_from_those_that_do_not() -> None:
    above = {name: tally for name, tally in REPORT["variants"].items() if tally["rate"] > 0.03}
    told = re.search(r"variants are above the 3 % that is aimed at\*\*: ([^.]*)\.", PAGE)

    assert {f"{name} ({tally['failures']} of {tally['films']})" for name, tally in above.items()} == (
        set(re.split(r", | and ", told[1])) if told else set()
    )


def test_the_page_says_what_the_report_says() -> None:
    low, high = (100 * REPORT["false_reject"][side] for side in ("low", "high"))

    assert f"On {REPORT['date']}" in PAGE
    assert f"`{REPORT['command'].replace(' --out redteam', '')}` judged {REPORT['films']:,} films" in PAGE
    assert f"**0 of {REPORT['cheats']:,} films that cheat were accepted**" in PAGE
    assert f"at most {100 * REPORT['false_accept']['high']:.2f} %" in PAGE
    assert f"**{REPORT['false_rejects']} of {REPORT['honest']:,} honest films were refused**" in PAGE
    assert f"({100 * REPORT['false_reject']['rate']:.2f} %, from {low:.2f} to {high:.2f} %)" in PAGE
    assert f"| honest kinds alone, without a variant | {alone(0)} |" in PAGE
    assert f"| one variant at full strength | {alone(1)} |" in PAGE
    assert f"| two or three variants together | {alone(2)} of {REPORT['variants']['combined']['films']} |" in PAGE


def test_the_page_says_what_the_reports_of_all_seeds_say_together() -> None:
    every = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(Path(ROOT, "bench/redteam").glob("redteam*.json"))
    ]
    pooled: dict[str, list[int]] = {}
    for report in every:
        seed, (name, worst) = report["seed"], max(report["variants"].items(), key=lambda one: one[1]["rate"])
        row = next(line for line in LINES if line.startswith(f"| [{seed}]"))
        assert (
            f"| {report['false_accepts']} of {report['cheats']:,} | {report['false_rejects']} of {report['honest']:,} |"
            in row
        )
        assert f"{worst['failures']} of {worst['films']} |" in row
        assert worst["failures"] < 2 or name in row
        for variant, tally in report["variants"].items():
            pooled.setdefault(variant, [0, 0])
            pooled[variant] = [pooled[variant][0] + tally["failures"], pooled[variant][1] + tally["films"]]
    accepted, cheats, refused, honest = (
        sum(report[key] for report in every) for key in ("false_accepts", "cheats", "false_rejects", "honest")
    )
    name, (failures, films) = max(pooled.items(), key=lambda one: one[1][0] / one[1][1])

    assert 3 <= len(every)
    assert (
        f"| all | **{accepted} of {cheats:,}** | **{refused} of {honest:,}** | **{name}, {failures} of {films}** | |"
        in LINES
    )
    share, most = 100 * refused / honest, 100 * failures / films
    assert f"That is {share:.2f} % of all honest films, and {most:.1f} % in the worst variant." in PAGE
    assert failures / films < 0.03
    assert 0 == accepted


@pytest.mark.parametrize("name", [name for name, tally in REPORT["variants"].items() if tally["failures"]])
def test_every_variant_in_which_films_were_refused_is_named(name: str) -> None:
    assert name == "combined" or name in PAGE[PAGE.index("## Measured") : PAGE.index("## How to read")]


def test_the_front_page_says_the_same() -> None:
    front = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    said = re.search(r"Of ([\d,]+) films, 0 of ([\d,]+) cheats were accepted, and (\d+) of ([\d,]+) honest", front)

    assert said is not None
    assert [f"{REPORT[key]:,}" for key in ("films", "cheats", "false_rejects", "honest")] == list(said.groups())
