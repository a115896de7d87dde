"""The board: who stands where, what may not stand together, and a page that strangers cannot write into."""

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from puzzlereel.files import write_whole
from puzzlereel.leaderboard.board import Commonest, board_csv, commonest_fault, ranked, read_board
from puzzlereel.leaderboard.pages import POLICY, link
from puzzlereel.leaderboard.results import BadResults, log_path, results_of, write_results
from puzzlereel.leaderboard.site import BadExhibit, Exhibit, build_site
from puzzlereel.leaderboard.table import board_table

BENCHMARK = {
    "version": "0.1.0",
    "levels_sha256": "0f" * 32,
    "manifest_sha256": "1e" * 32,
    "verifier_version": "1",
}
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{ 7*7 }}</script><!--'


def rows(verdicts: str, puzzle: str) -> list[dict[str, Any]]:
    """One level a letter: Solved, Jumped to the goal, into a Wall, Missing or Unreadable."""
    reasons = {"J": "jump", "W": "wall", "U": "unreadable"}
    return [
        {
            "id": f"{puzzle}/easy/test/{index}",
            "puzzle": puzzle,
            "tier": "easy",
            "sample": 0,
            "skin": "classic",
            "status": {"M": "missing", "U": "unreadable"}.get(verdict, "judged"),
            "success": verdict == "S",
            "arrived": verdict in "SJ",
            **dict.fromkeys(("precision", "recall", "f1", "reward"), float(verdict == "S")),
            "fault": {"reason": reasons[verdict]} if verdict in reasons else None,
        }
        for index, verdict in enumerate(verdicts)
    ]


def results(
    name: str, maze: str, sokoban: str = "", *, benchmark: dict[str, str] = BENCHMARK, **others: Any
) -> dict[str, Any]:
    """The results of a submission with such verdicts."""
    meta = {"schema_version": 1, "model": {"name": name}, "dataset": {}, **others}
    levels = rows(maze, "maze") + rows(sokoban, "sokoban")
    return results_of(levels, meta=meta, benchmark=benchmark, strange=[])


def written(folder: Path, *board: dict[str, Any]) -> list[Path]:
    """The files of some results, named 0.json, 1.json, …"""
    paths = [folder / f"{number}.json" for number in range(len(board))]
    for path, one in zip(paths, board, strict=True):
        write_results(path, one)
    return paths


def scored(folder: Path, name: str, maze: str, sokoban: str = "", **others: Any) -> Path:
    """The file of some results, with its rows beside it."""
    levels = [
        {
            **row,
            "parts": {},
            "fault": row["fault"]
            and {"frame": 3, "cell": None, "detail": "", "sentence": "frame 3: it happened", **row["fault"]},
            "film": "videos/film.mp4",
            "sha256": None,
            **{key: BENCHMARK[key] for key in ("levels_sha256", "manifest_sha256", "verifier_version")},
        }
        for row in rows(maze, "maze") + rows(sokoban, "sokoban")
    ]
    path = folder / f"{len(list(folder.glob('*.levels.jsonl')))}.json"
    write_results(path, results(name, maze, sokoban, **others))
    write_whole(log_path(path), "".join(json.dumps(row) + "\n" for row in levels))
    return path


class Page(HTMLParser):
    """What a browser makes of a page: its tags with their attributes, and its texts by the tag around them."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.tags[-1][0], data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every such tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    def text(self, tag: str) -> list[str]:
        """The texts that follow such a tag."""
        return [text for name, text in self.texts if name == tag]


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A folder with two files that call themselves films."""
    write_whole(tmp_path / "films" / "one.mp4", "one")
    write_whole(tmp_path / "films" / "two.webm", "two")
    return tmp_path / "films"


def test_the_best_mean_over_puzzles_stands_first_and_equals_share_a_rank() -> None:
    board = [
        results("maze only", "SSSS", "WWWW"),
        results("worst", "MMMM", "WWWW"),
        results("both", "SSSW", "SSSW"),
        results("halves", "SSWW", "SSWW"),
    ]

    assert [(1, "both"), (2, "halves"), (2, "maze only"), (4, "worst")] == [
        (place.rank, place.results["submission"]["name"]) for place in ranked(board)
    ]


def test_the_most_frequent_fault_is_told_by_its_sentence_and_ties_by_the_alphabet() -> None:
    board = results("a", "JWWSM", "JUUSS")

    assert Commonest("more changed between two frames than one move can change", 2, 6) == commonest_fault(board)
    assert Commonest("something went into or through a wall", 2, 3) == commonest_fault(board, "maze")
    assert Commonest("the film could not be read", 2, 3) == commonest_fault(board, "sokoban")
    assert commonest_fault(results("b", "SM")) is None
    assert Commonest("a new reason", 1, 1) == commonest_fault(board | {"faults": {"maze": {"a_new_reason": 1}}})


@pytest.mark.parametrize(
    ("key", "other", "called"),
    [
        ("version", "0.2.0", "benchmark version 0.1.0"),
        ("levels_sha256", "ee" * 32, f"levels of the data set {'0f' * 32}"),
        ("verifier_version", "2", "verifier version 1"),
    ],
)
def test_results_of_different_origin_stand_on_no_board(tmp_path: Path, key: str, other: str, called: str) -> None:
    strange = results("c", "S", benchmark=BENCHMARK | {key: other})
    paths = written(tmp_path, results("a", "S"), results("b", "S"), strange)

    with pytest.raises(BadResults) as raised:
        build_site(paths, tmp_path / "site")

    assert f"{paths[2]}: expected the {called} as in {paths[0]}, got {other}" == str(raised.value)
    assert not (tmp_path / "site").exists()


def test_the_same_levels_filmed_by_another_encoder_are_of_the_same_origin(tmp_path: Path) -> None:
    elsewhere = results("b", "S", benchmark=BENCHMARK | {"manifest_sha256": "ee" * 32})

    assert ["a", "b"] == [
        one["submission"]["name"] for one in read_board(written(tmp_path, results("a", "S"), elsewhere))
    ]


def test_two_results_of_one_name_or_of_other_levels_stand_on_no_board(tmp_path: Path) -> None:
    first, same, fewer = written(tmp_path, results("a", "SS"), results("a", "WW"), results("b", "S"))

    with pytest.raises(BadResults, match=rf"^{same}: expected a name of its own, but {first} has 'a' too$"):
        read_board([first, same])
    with pytest.raises(BadResults, match=rf"^{fewer}: expected as many levels of each puzzle and tier as in {first}$"):
        read_board([first, fewer])
    with pytest.raises(BadResults, match="expected at least one file"):
        read_board([])


def test_whatever_a_submission_says_stands_on_every_page_as_text(tmp_path: Path, films: Path) -> None:
    name = HOSTILE[:80]
    hostile = results(name, "SJ", sampled_by=HOSTILE, track=HOSTILE, contact=HOSTILE, sampler={"note": HOSTILE})
    exhibit = Exhibit(HOSTILE, HOSTILE, films / "one.mp4", 8, 3, HOSTILE)
    first = build_site(written(tmp_path, hostile), tmp_path / "site", exhibits=[exhibit])
    (other,) = (first.parent / "models").glob("*.html")
    pages = [Page(first), Page(other)]

    for page in pages:
        assert {"src", "type"} >= {next(iter(script)) for script in page.all("script")}
        assert [] == page.all("img")
        assert not [attributes for _, attributes in page.tags if any(name.startswith("on") for name in attributes)]
    assert name in pages[0].text("a")
    assert [HOSTILE] == pages[0].text("h3")
    assert name in pages[1].text("bdi")
    assert 5 == pages[1].text("bdi").count(HOSTILE)
    assert re.fullmatch("[a-z0-9-]+", other.stem)


def test_a_page_asks_nobody_for_anything_and_runs_only_our_scripts(tmp_path: Path, films: Path) -> None:
    linked = results("a", "S")
    linked["submission"]["meta"]["model"]["url"] = "https://model.example/card"
    exhibit = Exhibit("a film", "of a level", films / "one.mp4", 8)
    site = build_site(written(tmp_path, linked), tmp_path / "site", exhibits=[exhibit]).parent
    outside = set()
    for path in site.rglob("*.html"):
        page = Page(path)
        loaded = [(tag, of.get("src") or of.get("href")) for tag, of in page.tags if tag != "a"]
        places = [place for _, place in loaded if place is not None and not place.startswith("data:image/svg+xml,")]
        outside |= {link["href"] for link in page.all("a") if "://" in (link["href"] or "")}

        assert POLICY == page.all("meta")[1]["content"]
        assert places
        assert all((path.parent / place).is_file() for place in places)
        assert not [of for tag, of in page.tags if tag == "script" and "src" not in of and "type" not in of]
        assert not [of for _, of in page.tags if "style" in of]
        assert "fetch(" not in path.read_text(encoding="utf-8")

    assert {
        "https://model.example/card",
        "https://arxiv.org/abs/2605.15458",
        "https://arxiv.org/abs/2610.03664",
    } == outside
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "JAVASCRIPT:x", " https://x"]
)
def test_only_addresses_of_the_web_become_links(address: str) -> None:
    assert link(address) is None
    assert "https://model.example" == link("https://model.example")


def test_every_link_of_a_site_leads_to_a_file_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "scored"
    site = build_site([scored(folder, "a", "SJWMU"), scored(folder, "b", "SSSSS")], tmp_path / "site").parent
    pages = sorted(site.rglob("*.html"))
    broken = [
        (path.name, link["href"])
        for path in pages
        for link in Page(path).all("a")
        if "://" not in (link["href"] or "")
        and not (path.parent / (link["href"] or "").partition("#")[0]).resolve().is_file()
        and not (link["href"] or "").startswith("#")
    ]

    assert 2 + 2 + 5 == len(pages)
    assert [] == broken


def test_the_data_stands_inside_the_page_and_beside_it(tmp_path: Path) -> None:
    board = [results("</script><b>", "SJ"), results("b", "WM")]
    path = build_site(written(tmp_path, *board), tmp_path / "site")
    (inside,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', path.read_text(), re.DOTALL)

    assert {"places": [{"rank": 1, **board[0]}, {"rank": 2, **board[1]}]} == json.loads(inside)
    assert json.loads(inside) == json.loads((path.parent / "data.json").read_text(encoding="utf-8"))


def test_the_table_for_spreadsheets_has_every_number_and_no_formula(tmp_path: Path) -> None:
    path = build_site(written(tmp_path, results("=1+1", "SJWM", "SSWW")), tmp_path / "site")
    with (path.parent / "data.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    found = {(line["puzzle"], line["tier"], line["number"]): line for line in lines}

    assert len(found) == len(lines) == 8 + 2 * 2 * 10
    assert {"'=1+1"} == {line["name"] for line in lines}
    assert ("1", "0.25", "4") == tuple(found["maze", "all", "cheating"][key] for key in ("rank", "value", "n"))
    assert "0.25" == found["maze", "easy", "missing"]["value"]
    assert "0.375" == found["all", "all", "success"]["value"]


@pytest.mark.parametrize("name", ["+1", "-1", "@sum"])
def test_a_name_that_a_spreadsheet_would_compute_gets_an_apostrophe(name: str) -> None:
    assert f"\n1,'{name},all" in board_csv(ranked([results(name, "S")]))


def test_the_page_ranks_by_the_mean_and_names_the_lead_of_each_over_the_next(tmp_path: Path) -> None:
    board = [results("walker", "SSSS", "WWWW"), results("pusher", "WWWS", "SSSS")]
    page = Page(build_site(written(tmp_path, *board), tmp_path / "site"))

    assert ["pusher", "walker"] == [text for text in page.text("a") if text in ("pusher", "walker")]
    assert ["0", "1"] == [row["data-at"] for row in page.all("tr") if "data-at" in row]
    assert ["ascending"] == [header["aria-sort"] for header in page.all("th") if "aria-sort" in header]
    assert {"col", "row", "rowgroup", "colgroup"} == {header["scope"] for header in page.all("th")}
    assert "+12.5" in page.text("span")


def test_a_share_is_drawn_to_its_value_and_a_whisker_over_its_interval(tmp_path: Path) -> None:
    one = results("a", "SSWW")
    one["totals"]["maze"]["success"] = {"value": 0.5, "low": 0.25, "high": 0.755, "n": 4}
    page = Page(build_site(written(tmp_path, one), tmp_path / "site"))

    assert "M27.00 6H77.50M27.00 2V10M77.50 2V10" in [path["d"] for path in page.all("path")]
    assert "50.00" in [bar["width"] for bar in page.all("rect") if bar["class"] == "fill"]
    assert {"50.0", "25–76"} <= {text for _, text in page.texts}


def test_the_page_says_what_its_words_mean_and_what_was_judged_by_what(tmp_path: Path) -> None:
    text = build_site(written(tmp_path, results("a", "SJUM")), tmp_path / "site").read_text(encoding="utf-8")

    for words in (
        "<strong>Success</strong>: every state in the film follows lawfully",
        "<strong>Arrived</strong>: the last board is solved, however it came about",
        "<strong>Cheating</strong>: the share of films that arrive without success",
        "a second right solution is a success with a lower F1",
        "not comparable",
        "<dd>0.1.0</dd>",
        f"<dd>{'0f' * 32}</dd>",
    ):
        assert words in text


def test_a_film_is_copied_under_a_name_of_ours_and_its_fault_is_the_middle_of_its_frame(
    tmp_path: Path, films: Path
) -> None:
    exhibits = [
        Exhibit("cheat", "jumps", films / "one.mp4", 8, 40, "frame 40: it jumps"),
        Exhibit("honest", "walks", films / "two.webm", 24),
    ]
    path = build_site(written(tmp_path, results("a", "S")), tmp_path / "site", exhibits=exhibits)
    page = Page(path)

    assert ["films/01.mp4", "films/02.webm"] == [video["src"] for video in page.all("video")]
    assert "two" == (path.parent / "films" / "02.webm").read_text()
    assert ["Show all", "show frame 40"] == page.text("button")
    assert ["5.0625", "5.0625"] == [tag["data-second"] for _, tag in page.tags if "data-second" in tag]
    assert ["frame 40: it jumps"] == [text for _, text in page.texts if text.startswith("frame 40")]


def test_a_film_that_cannot_be_shown_is_refused_before_anything_is_written(tmp_path: Path, films: Path) -> None:
    (films / "link.mp4").symlink_to(films / "one.mp4")
    write_whole(films / "page.html", "")
    good = films / "one.mp4"
    for exhibit in (
        Exhibit("t", "c", films / "none.mp4", 8),
        Exhibit("t", "c", films / "link.mp4", 8),
        Exhibit("t", "c", films / "page.html", 8),
        Exhibit("t", "c", good, 0),
        Exhibit("t", "c", good, 8, -1),
    ):
        with pytest.raises(BadExhibit, match=r"expected a (film|positive)"):
            build_site(written(tmp_path, results("a", "S")), tmp_path / "site", exhibits=[exhibit])

    assert not (tmp_path / "site").exists()


def test_a_site_is_built_anew_over_an_old_one(tmp_path: Path) -> None:
    build_site(written(tmp_path, results("old", "S")), tmp_path / "site")
    page = Page(build_site(written(tmp_path, results("new", "S")), tmp_path / "site"))

    assert "new" in page.text("a")
    assert "old" not in page.text("a")


def test_pages_of_an_earlier_site_go_and_files_of_others_stay(tmp_path: Path) -> None:
    site = build_site([scored(tmp_path / "old", "old", "SWS")], tmp_path / "site").parent
    write_whole(site / "models" / "mine.html", "<p>mine</p>")
    write_whole(site / "notes.txt", "mine")
    build_site([scored(tmp_path / "new", "new", "SW")], site)

    assert {"mine.html", "new.html"} == {path.name for path in (site / "models").glob("*.html")}
    assert 2 == len(list((site / "levels").glob("*.html")))
    assert "mine" == (site / "notes.txt").read_text()
    build_site(written(tmp_path, results("bare", "SW")), site)
    assert not (site / "levels.html").exists()


def test_a_level_with_several_films_of_a_submission_shows_each(tmp_path: Path) -> None:
    one, other = rows("SW", "maze"), [{**row, "sample": 1} for row in rows("WW", "maze")]
    path = scored(tmp_path, "a", "SW")
    log = log_path(path)
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    told = [
        {**line, **row} | {"fault": line["fault"]}
        for row in (*one, *other)
        for line in lines
        if line["id"] == row["id"]
    ]
    meta = {"schema_version": 1, "model": {"name": "a"}, "dataset": {}}
    write_results(path, results_of(told, meta=meta, benchmark=BENCHMARK, strange=[]))
    write_whole(log, "".join(json.dumps(row) + "\n" for row in told))
    site = build_site([path], tmp_path / "site").parent
    page = Page(site / "levels/maze-easy-test-0.html")

    assert {"#a.s0", "#a.s1"} <= {link["href"] for link in page.all("a")}
    assert ["a, film 1", "a, film 2"] == [text for text in page.text("a") if text.startswith("a,")]
    assert "1/2" in (site / "levels.html").read_text()


def test_the_table_in_the_terminal_shows_names_as_they_are_in_80_columns() -> None:
    board = [results("[bold]name[/bold]", "SSSJ"), results("second", "WWWM", "MMMM")]
    console = Console(width=80, record=True)
    with console.capture() as captured:
        console.print(board_table(board))
    text = captured.get()

    assert "[bold]name[/bold]" in text
    assert max(map(len, text.splitlines())) <= 80
    assert re.search(r"1 \[bold\]name\[/bold\] +75\.0 +75\.0 +– +25\.0 +75\.0 +0\.0", text)
    assert re.search(r"2 second +0\.0 +0\.0 +0\.0 +0\.0 +0\.0 +62\.5", text)
    assert "30–95" in text
