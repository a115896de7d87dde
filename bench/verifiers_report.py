"""The page of `bench/verifiers.py`, as Markdown."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from report import number, table

HEAD = """\
# Verifiers: how fast films are judged

`{command}` wrote this page on {date}, on {machine};
Python {python}, PyAV {av}, numpy {numpy}, numba {numba}; seed {seed}. Processor time on one core, each number the
median of {rounds} rounds ({more} for small films in memory), in turns, after one round more.
"""
THEIRS = (
    ("VR-Bench, template matching (its default)", "maze 9x9, 167 frames, 270x270", "0.6 to 1.4"),
    ("VR-Bench, CSRT tracker (the paper's)", "the same", "0.08 to 0.13"),
    ("VR-Bench, optical flow", "the same", "1.9 to 2.2"),
    ("VR-Bench, template matching", "Sokoban 6x6, 59 frames, 384x384", "0.9"),
    ("VR-Bench, CSRT tracker", "the same", "0.10"),
    ("MiniVeo3-Reasoner", "81 frames, 832x480", "1.15"),
    ("VBVR-EvalKit, O-39", "61 frames, 416x416", "0.20"),
    ("vbvr-rl, maze tracker", "81 frames, 288x288", "1.5"),
    ("vbvr-rl, maze tracker", "81 frames, 384x384", "0.9"),
)
"""Films a CPU-second of other verifiers, as measured on a machine of this kind when this project was designed."""
RATIO, FROM_FILES = 1.5, 5
"""What a verdict may take beside decoding, at most; films a CPU-second from files, at least."""
RATES = {"480x832x81": 20, "64x64x17": 500}
"""Films a second from memory, at least."""


def markdown(told: dict[str, Any]) -> str:
    """The whole page."""
    parts = (files(told["files"]), memory(told["memory"]), theirs(told), truths(told))
    return "\n".join([HEAD.format(**told["run"]), *(line for part in parts for line in part)]) + "\n"


def files(films: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What a verdict takes beside decoding."""
    yield "## From files of 81 frames, 480x832\n"
    ratios = [one["ratio"] for one in films]
    over, whole = (
        sum(ratio > RATIO for ratio in ratios),
        sum(one["verify"] for one in films) / sum(one["decode"] for one in films),
    )
    yield (
        "*Verify*: from the file to the verdict. *Decode*: PyAV alone, on one thread, to arrays of RGB pixels."
        " *Planes*: without those arrays. Milliseconds a film. *Clean*: the suite's own file. *Noisy*: with noise of 6"
        f" of 255 in every pixel, by x264 at crf 28. Verify by decode has the median {median(ratios):.2f} and the most"
        f" {max(ratios):.2f} (aim: {RATIO}), {over} of {len(ratios)} are above it, and for"
        f" all films together it is {whole:.2f}.\n"
    )
    rows = [
        (
            f"{one['film']}, {one['kind']}",
            *(number(1000 * one[work]) for work in ("verify", "decode", "planes")),
            f"{one['ratio']:.2f}",
            f"{one['wall_ratio']:.2f}",
        )
        for one in films
    ]
    yield from table(("ms a film", "verify", "decode", "planes", "verify by decode", "by the clock"), rows)


def together(films: Sequence[dict[str, Any]]) -> float:
    """Films a second where one follows the other."""
    return float(sum(one["films"] for one in films) / sum(one["films"] / one["rate"] for one in films))


def memory(films: Sequence[dict[str, Any]]) -> Iterator[str]:
    """How many films a second are judged without files."""
    yield "\n## From frames in memory\n"
    for size, least in RATES.items():
        some = [one for one in films if one["size"] == size]
        rates, clean = [one["rate"] for one in some], [one for one in some if one["kind"] == "clean"]
        every, plain = (together(each) for each in (some, clean))
        yield (
            f"{size}: from {number(min(rates))} to {number(max(rates))} films a second (aim: {least});"
            f" {number(every)} for all films together, {number(plain)} for the clean ones."
        )
    yield "\nFilms a second of processor time. *Noisy*: with noise of 4 of 255 in every pixel of every frame.\n"
    names = list(dict.fromkeys((one["size"], one["puzzle"], one["style"]) for one in films))
    by_kind = {(one["size"], one["puzzle"], one["style"], one["kind"]): one["rate"] for one in films}
    rows = [(" ".join(name), *(number(by_kind[(*name, kind)]) for kind in ("clean", "noisy"))) for name in names]
    yield from table(("films a second", "clean", "noisy"), rows)


def theirs(told: dict[str, Any]) -> Iterator[str]:
    """Films a CPU-second, other people's and ours."""
    yield "\n## Beside other verifiers\n"
    yield (
        "Films a CPU-second from files. Theirs were measured when this project was designed, on a machine of this kind"
        " that other work shared, and may be off by 40 %; ours in this run.\n"
    )
    rows = [(f"{name}: {settings}", rate) for name, settings, rate in THEIRS]
    for kind in ("clean", "noisy"):
        rates = [1 / one["verify"] for one in told["files"] if one["kind"] == kind]
        said = f"{number(min(rates))} to {number(max(rates))} (aim: {FROM_FILES})"
        rows.append((f"**ours**: 81 frames, 832x480, {kind}", said))
    yield from table(("verifier", "films a CPU-second"), rows)
    one = told["command"]
    yield (
        f"\n`puzzlereel verify` as a process of its own takes {one['verify']:.2f} CPU-seconds,"
        f" {one['wall']['verify']:.2f} by the clock; `verify --help` takes {one['help']:.2f}, and a Python that decodes"
        f" the film {one['decode']:.2f}."
    )


def truths(told: dict[str, Any]) -> Iterator[str]:
    """What became of honest films."""
    if refused := told["refused"]:
        yield f"\n**Refused while measured, though honest: {len(refused)} films.**\n"
        yield from (f"- {line}" for line in refused)
