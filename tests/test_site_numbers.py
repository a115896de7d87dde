"""What the site counts: cuts and leads told by hand, bins and endings, and which films may be shown."""

import json
import time
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from test_cli import run
from test_site import BENCHMARK, results, rows, scored, written

from puzzlereel.files import write_whole
from puzzlereel.hub.dataset import Dataset, Row, sha256_of
from puzzlereel.leaderboard import shelf
from puzzlereel.leaderboard.charts import bins_of, curve_of, ending, endings_of, failures_of, lengths_of, stack_of
from puzzlereel.leaderboard.cuts import Cut, choices_of, cuts_of, lead_of, score_in, table_of
from puzzlereel.leaderboard.entries import read_entries, slugs_of
from puzzlereel.leaderboard.files import BadFile
from puzzlereel.leaderboard.films import Key
from puzzlereel.leaderboard.human import judge_moves, score_human
from puzzlereel.leaderboard.results import BadResults, log_path
from puzzlereel.leaderboard.site import build_site
from puzzlereel.leaderboard.submission import BadSubmission, write_submission
from puzzlereel.puzzles.core import Reason
from puzzlereel.puzzles.registry import PUZZLES


def row_of(puzzle: str, text: str, solution: str) -> Row:
    return Row(
        f"{puzzle}/easy/test/0", puzzle, "easy", "test", "", text, solution, "classic", "hold", 832, 480, 8, 81, "0", ""
    )


# Cuts and leads


def test_a_cut_tells_what_the_results_tell_and_over_puzzles_their_mean() -> None:
    one = results("a", "SSWW", "SWWW")

    assert one["macro"]["success"] == (score_in(one, Cut()) or {})["success"].json()
    assert one["totals"]["maze"]["success"] == (score_in(one, Cut("maze")) or {})["success"].json()
    easy = score_in(one, Cut("all", "easy"))
    assert easy is not None
    assert (0.375, 8) == (easy["success"].value, easy["success"].n)
    assert 0 < easy["success"].low < 0.375 < easy["success"].high < 1
    assert None is score_in(one, Cut("flowfree"))
    assert None is score_in(one, Cut("maze", "hard"))
    assert None is score_in(one, Cut("maze", "easy", "neon"))


def test_every_choice_of_puzzle_tier_and_look_that_has_levels_is_a_cut() -> None:
    board = [results("a", "SS", "SW")]

    assert {"puzzle": ["maze", "sokoban"], "tier": ["easy"], "skin": ["classic"]} == choices_of(board)
    assert 3 * 2 * 2 == len(cuts_of(board))


def test_a_lead_is_paired_where_the_rows_are_at_hand_and_joined_from_intervals_where_not(tmp_path: Path) -> None:
    verdicts = "SSSSSSSSWW", "WWWWWWWSWW"
    a, b = read_entries([scored(tmp_path, name, told) for name, told in zip("ab", verdicts, strict=True)])
    paired = lead_of(a, b, Cut())
    bare = read_entries(written(tmp_path / "bare", *(results(n, told) for n, told in zip("ab", verdicts, strict=True))))
    joined = lead_of(bare[0], bare[1], Cut())

    assert [0.7, 0.7] == pytest.approx([paired.value, joined.value])
    assert (paired.p, paired.is_clear, joined.p, joined.is_clear) == (2 / 2**7, True, None, True)
    assert 0.2 < joined.low < paired.low < 0.7 < paired.high <= 1.0


def test_a_lead_on_all_levels_alike_keeps_its_doubt_and_equals_lead_by_nothing(tmp_path: Path) -> None:
    a, b, c = read_entries(
        [scored(tmp_path, name, told) for name, told in (("a", "SSSS"), ("b", "SSSS"), ("c", "WWWW"))]
    )

    assert (0.0, 1.0, False) == (lead_of(a, b, Cut()).value, lead_of(a, b, Cut()).p, lead_of(a, b, Cut()).is_clear)
    assert lead_of(a, b, Cut()).low < 0 < lead_of(a, b, Cut()).high
    assert (1.0, 0.125, False) == (lead_of(b, c, Cut()).value, lead_of(b, c, Cut()).p, lead_of(b, c, Cut()).is_clear)
    assert lead_of(b, c, Cut()).low < 0.6


def test_the_table_of_a_cut_has_its_own_order_ranks_and_leads(tmp_path: Path) -> None:
    walker, pusher, none = (
        scored(tmp_path, "walker", "SSSS", "WWWS"),
        scored(tmp_path, "pusher", "SWWW", "SSSS"),
        scored(tmp_path, "none", "WWWW", "WWWW"),
    )
    entries = read_entries([walker, pusher, none])
    maze = table_of(entries, Cut("maze"))
    names = [entry.name for entry in entries]

    assert ["pusher", "walker", "none"] == names
    assert ["walker", "pusher", "none"] == [names[at] for at in maze["order"]]
    assert [2, 1, 3] == maze["ranks"]
    assert [0.75, 0.25, None] == [lead and lead["value"] for lead in maze["leads"]]
    assert [0.25, 4] == [maze["scores"][0]["success"][at] for at in (0, 3)]


def test_rows_that_are_not_those_of_the_results_stand_on_no_board(tmp_path: Path) -> None:
    path = scored(tmp_path, "a", "SW")
    log = log_path(path)
    log.write_text(log.read_text().replace('"skin": "classic"', '"skin": "<b>"', 1))

    with pytest.raises(BadResults, match="as many levels of each puzzle, tier and skin"):
        read_entries([path])


def test_names_of_pages_are_plain_and_each_its_own() -> None:
    names = ["GPT 5.5 Pro", "gpt-5.5 pro", "../../etc", "日本", "日本語", "a" * 80]
    names.append(slugs_of(names)[names[1]])  # who calls a model like the page of another
    slugs = slugs_of(names)

    assert len(names) == len(set(slugs.values()))
    assert all(set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for slug in slugs.values())
    assert ("etc", "a" * 40) == (slugs["../../etc"], slugs["a" * 80])


# Charts


def test_levels_fall_into_bins_by_the_length_of_their_solutions_and_none_is_lost() -> None:
    levels = [[row] for row in rows("SSSSWWWWWWWW", "maze")]
    lengths = {row["id"]: length for (row,), length in zip(levels, (9, 1, 2, 2, 3, 3, 3, 4, 5, 6, 7, 8), strict=True)}
    bins = bins_of(levels, lengths)

    assert ["1–2", "3", "4–6", "7–9"] == [one.label for one in bins]
    assert 12 == sum(len(one.levels) for one in bins)
    assert [1.0, 0.0, 0.0, 1 / 3] == [pytest.approx(point.success.value) for point in curve_of(bins)]
    assert all(point.high <= point.y <= point.low for point in curve_of(bins))
    assert [] == bins_of(levels, {})
    assert [point.x for point in curve_of(bins)] == sorted(point.x for point in curve_of(bins))


def test_solutions_of_one_length_are_never_parted() -> None:
    levels = [[row] for row in rows("S" * 9, "maze")]
    lengths = {row["id"]: length for (row,), length in zip(levels, (1, 2, 2, 2, 2, 3, 4, 5, 6), strict=True)}

    assert ["1–2", "3–6"] == [one.label for one in bins_of(levels, lengths)]


def test_bins_at_the_end_that_are_too_small_go_to_those_before() -> None:
    levels = [[row] for row in rows("S" * 16, "maze")]
    lengths = {row["id"]: at for at, (row,) in enumerate(levels)}

    assert [4, 4, 4, 4] == [len(one.levels) for one in bins_of(levels, lengths)]
    assert [4, 4, 4, 5] == [
        len(one.levels) for one in bins_of([*levels, [{**levels[0][0], "id": "x"}]], lengths | {"x": 99})
    ]


def test_every_film_ends_in_one_way() -> None:
    told = rows("SJWMU", "maze")
    frozen = {**told[2], "fault": {"reason": "frozen"}}

    assert ["solved", "cheated", "broke", "unjudged", "unjudged"] == [ending(row) for row in told]
    assert "unfinished" == ending(frozen)
    ends = endings_of([[row] for row in [*told, frozen]])
    assert [1, 1, 1, 1, 2] == list(ends.values())
    assert 100 == pytest.approx(sum(piece["width"] for piece in stack_of(ends)), abs=0.05)
    failures = dict(failures_of(results("a", "SJWMU"), [[row] for row in told]))
    assert {"there is no film": 1, Reason.JUMP.value: 1, Reason.WALL.value: 1, Reason.UNREADABLE.value: 1} == failures


@pytest.mark.parametrize(
    ("puzzle", "solution", "moves"), [("maze", "RRDD", 4), ("flowfree", "a0,1 a0,2", 2), ("maze", "", 0)]
)
def test_the_length_of_a_solution_is_its_number_of_moves(puzzle: str, solution: str, moves: int) -> None:
    assert {f"{puzzle}/easy/test/0": moves} == lengths_of([row_of(puzzle, "", solution)])


# People


ROOM = "#######\n#@ $ .#\n#######"
HALL = "#####\n#@ G#\n#   #\n#####"
FLOW = "A.A\n..."


@pytest.mark.parametrize(
    ("puzzle", "text", "solution", "moves", "success", "reason", "frame"),
    [
        ("maze", HALL, "RR", "RR", True, None, None),
        ("maze", HALL, "RR", "DRRU", True, None, None),
        ("maze", HALL, "RR", "RRD", False, Reason.UNSOLVED, 3),
        ("maze", HALL, "RR", "RUR", False, Reason.UNLAWFUL, 2),
        ("maze", HALL, "RR", "", False, Reason.FROZEN, 0),
        ("maze", HALL, "RR", "2R", False, Reason.UNLAWFUL, 1),
        ("sokoban", ROOM, "rRR", "rRR", True, None, None),
        ("sokoban", ROOM, "rRR", "rrR", False, Reason.UNLAWFUL, 2),
        ("sokoban", ROOM, "rRR", "rR", False, Reason.UNSOLVED, 2),
        ("flowfree", "A..\n..A", "a0,1 a0,2", "a0,1 a0,2", False, Reason.UNFILLED, 2),
    ],
)
def test_moves_are_judged_by_the_rules(
    puzzle: str, text: str, solution: str, moves: str, success: bool, reason: Reason | None, frame: int | None
) -> None:
    verdict = judge_moves(row_of(puzzle, text, solution), moves)

    assert success is verdict.success
    assert (reason, frame) == ((None, None) if verdict.fault is None else (verdict.fault.reason, verdict.fault.frame))
    assert success is verdict.arrived
    assert all(0 <= part <= 1 for part in verdict.parts.values())
    assert verdict.metrics is not None


@pytest.mark.parametrize(("moves", "lawful"), [("RR", 1.0), ("RUR", 0.5), ("U", 0.0), ("", 0.0), ("DRU", 1.0)])
def test_the_lawful_share_of_moves_is_counted_to_the_first_that_is_not(moves: str, lawful: float) -> None:
    assert lawful == judge_moves(row_of("maze", HALL, "RR"), moves).parts["lawful"]


def test_the_way_of_a_person_is_measured_against_the_reference() -> None:
    verdict = judge_moves(row_of("maze", HALL, "RR"), "DRRU")

    assert {"precision": 0.25, "recall": 0.5, "f1": pytest.approx(1 / 3)} == verdict.metrics
    assert PUZZLES["maze"].parse(HALL).start() == verdict.states[0]


def halls(tmp_path: Path) -> Dataset:
    """A data set of three mazes that are alike."""
    rows = [replace(row_of("maze", HALL, "RR"), id=f"maze/easy/test/{at}") for at in range(3)]
    return Dataset(tmp_path, "0.1.0", BENCHMARK["manifest_sha256"], tuple(rows), BENCHMARK["levels_sha256"])


def saved(path: Path, *answers: dict[str, Any], **others: Any) -> Path:
    """A file of moves as the page saves it."""
    told = {"schema_version": 1, "player": "<i>me</i>", "levels_sha256": BENCHMARK["levels_sha256"], **others}
    write_whole(path, json.dumps({**told, "answers": answers}))
    return path


def test_a_persons_moves_become_results_that_stand_on_a_board(tmp_path: Path) -> None:
    moves = saved(
        tmp_path / "moves.json",
        {"id": "maze/easy/test/2", "moves": "RR", "seconds": 1.5, "undone": 2},
        {"id": "maze/easy/test/0", "moves": "RRL"},
    )
    found = score_human(moves, halls(tmp_path), tmp_path / "me.json")
    rows = [json.loads(line) for line in (tmp_path / "me.levels.jsonl").read_text().splitlines()]

    assert ["judged", "missing", "judged"] == [row["status"] for row in rows]
    assert [False, False, True] == [row["success"] for row in rows]
    assert ["unsolved", None, None] == [row["fault"] and row["fault"]["reason"] for row in rows]
    assert [0.333333, 3] == [found["macro"]["success"][key] for key in ("value", "n")]
    assert ["<i>me</i>"] == [entry.name for entry in read_entries([tmp_path / "me.json"])]
    again = score_human(moves, halls(tmp_path), tmp_path / "again.json")
    assert found == again
    assert (tmp_path / "me.levels.jsonl").read_bytes() == (tmp_path / "again.levels.jsonl").read_bytes()


def test_moves_that_are_none_or_of_other_levels_are_refused_in_one_line(tmp_path: Path) -> None:
    answer = {"id": "maze/easy/test/0", "moves": "U"}
    for number, wrong in enumerate(
        (
            saved(tmp_path / "0.json"),
            saved(tmp_path / "1.json", {**answer, "id": "../../etc/passwd"}),
            saved(tmp_path / "2.json", answer, answer),
            saved(tmp_path / "3.json", {**answer, "moves": "<script>"}),
            saved(tmp_path / "4.json", answer, levels_sha256="00" * 32),
            saved(tmp_path / "5.json", answer, more=1),
            saved(tmp_path / "6.json", answer, player="a\nb"),
            saved(tmp_path / "7.json", {**answer, "seconds": -1}),
            tmp_path / "none.json",
        )
    ):
        with pytest.raises(BadFile, match=r"^[^\n]+$"):
            score_human(wrong, halls(tmp_path), tmp_path / f"out{number}.json")
        assert not (tmp_path / f"out{number}.json").exists()


def test_score_takes_films_or_moves_and_never_both_or_none(tmp_path: Path) -> None:
    both: tuple[str | Path, ...] = (tmp_path, "--human", tmp_path / "moves.json")
    for given in ((), both):
        ran = run("score", *given, "--data", tmp_path, "--out", tmp_path / "out.json")

        assert (2, "", 1) == (ran.status, ran.out, len(ran.err.splitlines()))
        assert "expected a submission or --human FILE, one of the two" in ran.err


# Films


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The films that were read, by a stand-in for the reading, in this process."""
    films: list[Path] = []

    class Here:
        def __init__(self, workers: int) -> None: ...

        def __enter__(self) -> "Here":
            return self

        def __exit__(self, *raised: object) -> None: ...

        def answers(self, call: Any, items: list[shelf.Item], *, ordered: bool) -> Any:
            for item in items:
                films.append(item.film)
                yield item, {"frames": 1, "boards": [{"frame": 0, "rows": ["@"]}], "box": None}

    monkeypatch.setattr(shelf, "Children", Here)
    return films


def shown(tmp_path: Path, **films: bytes) -> tuple[Any, Dataset, Path]:
    """An entry whose rows say that every film's bytes are `judged`, the data set, and a folder with some films."""
    path = scored(tmp_path, "a", "SSS")
    submission = write_submission(tmp_path / "sub", {"schema_version": 1, "model": {"name": "a"}, "dataset": {}})
    for name, content in films.items():
        film = submission.folder / "videos/maze" / f"maze-easy-test-{name[1:].replace('_', '.')}"
        film.parent.mkdir(parents=True, exist_ok=True)
        film.write_bytes(content)
    write_whole(tmp_path / "judged", "judged")
    told = [
        json.loads(line) | {"sha256": sha256_of(tmp_path / "judged")}
        for line in log_path(path).read_text().splitlines()
    ]
    write_whole(log_path(path), "".join(json.dumps(row) + "\n" for row in told))
    levels = tuple(
        Row(f"maze/easy/test/{n}", "maze", "easy", "test", "", "", "", "classic", "hold", 8, 8, 8, 8, "", "")
        for n in range(3)
    )
    dataset = Dataset(tmp_path, "0.1.0", "", levels, BENCHMARK["levels_sha256"])
    return read_entries([path])[0], dataset, submission.folder


def test_a_film_is_shown_only_where_it_is_the_one_that_was_judged(tmp_path: Path, seen: list[Path]) -> None:
    entry, dataset, folder = shown(tmp_path, _0_mp4=b"judged", _1_mp4=b"another", _2_avi=b"judged")
    out = tmp_path / "site"
    found = {
        key.id[-1]: film for (_, key), film in shelf.hang_films(shelf.matched([entry], [folder]), dataset, out).items()
    }

    assert "models/a/maze-easy-test-0.s0.mp4" == found["0"].place
    assert b"judged" == (out / "models/a/maze-easy-test-0.s0.mp4").read_bytes()
    assert {"frames": 1, "boards": [{"frame": 0, "rows": ["@"]}], "box": None} == found["0"].reading
    assert "the film in the folder is another than the one that was judged" == found["1"].why_not
    assert "browsers do not play .avi files" == found["2"].why_not
    assert [out / "models/a/maze-easy-test-0.s0.mp4"] == seen
    assert 1 == len(list(out.rglob("*.mp4")))


def test_a_film_that_was_read_before_is_not_read_again(tmp_path: Path, seen: list[Path]) -> None:
    entry, dataset, folder = shown(tmp_path, _0_mp4=b"judged")
    first = shelf.hang_films(shelf.matched([entry], [folder]), dataset, tmp_path / "site")
    again = shelf.hang_films(shelf.matched([entry], [folder]), dataset, tmp_path / "site")

    assert first == again
    assert 1 == len(seen)
    note = tmp_path / "site/models/a/maze-easy-test-0.s0.reading.json"
    note.write_text(note.read_text().replace('"verifier_version": "', '"verifier_version": "0'))
    shelf.hang_films(shelf.matched([entry], [folder]), dataset, tmp_path / "site")
    assert 2 == len(seen)


def test_links_and_the_films_of_others_are_not_shown(tmp_path: Path, seen: list[Path]) -> None:
    entry, dataset, folder = shown(tmp_path, _1_mp4=b"judged")
    (folder / "videos/maze/maze-easy-test-0.mp4").symlink_to(tmp_path / "judged")
    found = shelf.hang_films(shelf.matched([entry], [folder]), dataset, tmp_path / "site")

    assert (None, "a link, or behind one") == found["a", Key("maze/easy/test/0", 0)][:2]
    other = write_submission(tmp_path / "b", {"schema_version": 1, "model": {"name": "b"}, "dataset": {}})
    with pytest.raises(BadSubmission, match="expected a submission on the board, got 'b'"):
        shelf.matched([entry], [other.folder])
    (bare,) = read_entries(written(tmp_path / "bare", results("b", "S")))
    with pytest.raises(BadSubmission, match="expected the rows of 'b' beside its results"):
        shelf.matched([bare], [other.folder])


# Size


def test_a_site_of_ten_submissions_to_three_hundred_levels_is_built_in_twenty_seconds(tmp_path: Path) -> None:
    rng = Random("ten submissions")
    verdicts = [["".join(rng.choices("SJWMU", (at, 2, 3, 1, 1), k=150)) for _ in range(2)] for at in range(10)]
    paths = [scored(tmp_path, f"model {at}", *told) for at, told in enumerate(verdicts)]
    begin = time.process_time()
    site = build_site(paths, tmp_path / "site").parent

    assert time.process_time() - begin < 20
    assert 2 + 10 + 300 == len(list(site.rglob("*.html")))
