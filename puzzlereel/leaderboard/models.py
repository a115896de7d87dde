"""The pages of submissions: what they are, where they succeed, and how their films fail."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from puzzlereel.leaderboard import charts
from puzzlereel.leaderboard.cuts import ALL, FIGURES, Cut, choices_of, cuts_of, score_in
from puzzlereel.leaderboard.entries import Entry
from puzzlereel.leaderboard.pages import write_page
from puzzlereel.leaderboard.results import Rows
from puzzlereel.leaderboard.shelf import level_name

UP = "../"
SHOWN = {"params": "parameters", "revision": "revision"}
ABOUT = {"sampled_by": "sampled by", "track": "track", "contact": "contact", "license": "licence"}


def write_models(
    out: Path, entries: Sequence[Entry], lengths: Mapping[str, int], shared: Mapping[str, Any]
) -> list[Path]:
    """Writes a page for each submission, and gives their paths back.

    `lengths` are the moves of the reference solutions by id, as far as they are known.
    """
    return [
        write_page(
            out / "models" / f"{entry.slug}.html",
            "model.html.j2",
            up=UP,
            entry=entry,
            about=about(entry),
            figures=FIGURES,
            whole=score_in(entry.results, Cut()),
            cuts=_cuts(entry),
            failures=charts.failures_of(entry.results, entry.levels),
            panels=[_panel(puzzle, some, lengths) for puzzle, some in _by_puzzle(entry).items()],
            charts=charts,
            ends=_ends(entry),
            level_name=level_name,
            **shared,
        )
        for entry in entries
    ]


def about(entry: Entry) -> list[tuple[str, str]]:
    """What a submission says of itself, in its own words."""
    meta = entry.results["submission"]["meta"]
    model, sampler = meta["model"], meta.get("sampler", {})
    told = [(called, str(model[key])) for key, called in SHOWN.items() if key in model]
    told += [("weights", "open" if model["open_weights"] else "closed")] if "open_weights" in model else []
    told += [(called, str(meta[key])) for key, called in ABOUT.items() if key in meta]
    told += [(key, str(value)) for key, value in sampler.items()]
    strangers = entry.results["strangers"]["count"]
    return told + ([("files of no level", str(strangers))] if strangers else [])


def _cuts(entry: Entry) -> list[dict[str, Any]]:
    """Every row of the table of puzzles, tiers and skins; one skin alone is not told apart from its tier."""
    skins = choices_of([entry.results])["skin"]
    rows = []
    for cut in cuts_of([entry.results]):
        score = score_in(entry.results, cut)
        if score and cut.puzzle != ALL and (cut.skin == ALL or len(skins) > 1):
            rows.append({"cut": cut, "depth": sum(name != ALL for name in cut), "score": score})
    return rows


def _by_puzzle(entry: Entry) -> dict[str, list[Rows]]:
    groups: dict[str, list[Rows]] = {}
    for rows in entry.levels:
        groups.setdefault(rows[0]["puzzle"], []).append(rows)
    return groups


def _panel(puzzle: str, levels: Sequence[Rows], lengths: Mapping[str, int]) -> dict[str, Any]:
    """The curve of one puzzle, and how films end, both by the length of the solution."""
    bins = charts.bins_of(levels, lengths)
    return {
        "puzzle": puzzle,
        "points": charts.curve_of(bins),
        "bins": [
            {"label": one.label, "endings": ends, "stack": charts.stack_of(ends), "levels": len(one.levels)}
            for one in bins
            for ends in (charts.endings_of(one.levels),)
        ],
        "endings": charts.endings_of(levels),
    }


def _ends(entry: Entry) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """How each level ended, by puzzle and tier: its id, and the ending of the best of its films."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for rows in entry.levels:
        ends = {charts.ending(row) for row in rows}
        best = next(kind for kind in charts.KINDS if kind in ends)
        groups.setdefault((rows[0]["puzzle"], rows[0]["tier"]), []).append((rows[0]["id"], best))
    return groups
