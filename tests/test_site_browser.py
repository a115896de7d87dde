"""The site in a real browser: sorted, filtered, watched and played by mouse, keys and fingers, with no error."""

import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from test_cli import done, objects
from test_site import BENCHMARK, rows, written

from puzzlereel.baselines.sample import Shot, sample
from puzzlereel.files import write_whole
from puzzlereel.hub.build import build
from puzzlereel.hub.dataset import Dataset, Row, open_dataset
from puzzlereel.hub.options import Options
from puzzlereel.leaderboard.films import film_path
from puzzlereel.leaderboard.results import results_of
from puzzlereel.leaderboard.score import score
from puzzlereel.leaderboard.site import Sources, build_site
from puzzlereel.leaderboard.submission import write_submission
from puzzlereel.puzzles.core import IllegalMove, is_solved
from puzzlereel.puzzles.ids import level_of, parse_id
from puzzlereel.puzzles.registry import PUZZLES

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HOSTILE = '<script>window.caught = 1</script>"><img src=x onerror="window.caught=2">'
PLAYERS = {"oracle": "solver oracle", "teleport": "teleporter", "frozen": HOSTILE}
"""The policies that film, and what their submissions are called."""
OURS = ("file:", "blob:", "data:image/svg+xml", "http://127.0.0.1:")
WAYS = {"U": "ArrowUp", "D": "ArrowDown", "L": "ArrowLeft", "R": "ArrowRight"}


class Site(NamedTuple):
    folder: Path
    dataset: Dataset
    results: dict[str, Path]
    """By policy."""

    def url(self, place: str) -> str:
        return f"file://{self.folder}/{place}"

    def rows(self, policy: str) -> dict[str, dict[str, Any]]:
        """The verdicts on a policy's films, by id."""
        text = self.results[policy].with_name(f"{policy}.levels.jsonl").read_text(encoding="utf-8")
        return {row["id"]: row for row in objects(text)}

    def level(self, puzzle: str, tier: str = "easy") -> Row:
        return next(row for row in self.dataset.rows if (row.puzzle, row.tier) == (puzzle, tier))


def made(folder: Path, dataset: Dataset, policy: str) -> Path:
    """The submission of a policy, whose every text is its name."""
    name = PLAYERS[policy]
    model = {"name": name, "revision": name}
    texts = dict.fromkeys(("track", "sampled_by", "contact", "license"), name)
    meta = {"schema_version": 1, "model": model, "dataset": {}, "sampler": {"note": name}, **texts}
    submission = write_submission(folder / policy, meta)
    sample([Shot(policy, row, film_path(submission.folder, row)) for row in dataset.rows])
    score(submission, dataset, folder / f"{policy}.json")
    return folder / f"{policy}.json"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Site:
    """A site of three submissions, one of which is hostile, with all films and a level of two tiers of each puzzle."""
    folder = tmp_path_factory.mktemp("site")
    build(folder / "data", Options(tiers=("easy", "medium"), count=1, height=240, width=416))
    dataset = open_dataset(folder / "data")
    results = {policy: made(folder, dataset, policy) for policy in PLAYERS}
    sources = Sources(dataset, [folder / policy for policy in PLAYERS])
    build_site(list(results.values()), folder / "site", sources=sources)
    return Site(folder / "site", dataset, results)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser without a window; the tests are skipped where there is none."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"no browser is installed: none of {', '.join(BROWSERS)} is on the path")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page on which nothing may go wrong: no error, no warning, no dialog, nothing asked of anyone."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    yield from watched(context)


@pytest.fixture
def phone(chromium: Any) -> Iterator[Any]:
    """The same on a small screen that is touched."""
    context = chromium.new_context(viewport={"width": 400, "height": 800}, has_touch=True, color_scheme="dark")
    yield from watched(context)


def watched(context: Any) -> Iterator[Any]:
    context.set_default_timeout(10_000)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: None if request.url.startswith(OURS) else wrong.append(request.url))
    yield page
    context.close()

    assert [] == wrong


def names(page: Any) -> list[str]:
    """The models of the ranking from top to bottom, as far as they are seen."""
    return [str(text) for text in page.locator("#board tbody tr:visible bdi").all_inner_texts()]


def column(page: Any, key: str) -> list[str]:
    found = page.locator(f'#board tbody tr:visible [data-show="{key}"]').all_inner_texts()
    return [str(text).split()[0] for text in found]


def until(page: Any, condition: str) -> None:
    """Waits for what a script says; the page's own policy forbids the driver's way to wait for it."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"expected {condition}")


# The ranking


def test_the_ranking_is_sorted_by_a_click_on_any_heading_and_back_by_another(page: Any, site: Site) -> None:
    page.goto(site.url("index.html"))
    first = names(page)

    assert ["solver oracle", "teleporter", HOSTILE] == first
    for key in ("arrived", "recall", "cheating", "name", "success", "puzzle:maze", "lead", "unjudged"):
        heading = page.locator(f'th[data-key="{key}"]')
        heading.locator("button").click()
        order = heading.get_attribute("aria-sort")
        heading.locator("button").click()

        assert {"ascending", "descending"} == {order, heading.get_attribute("aria-sort")}
    page.locator('th[data-key="arrived"] button').click()

    assert ["100.0", "100.0", "0.0"] == column(page, "arrived")
    assert {"solver oracle", "teleporter"} == set(names(page)[:2])
    assert 1 == page.locator("th[aria-sort]").count()
    assert "arrived, descending" in page.locator("#spoken").inner_text().lower()


def test_a_filter_shows_the_numbers_of_its_levels_and_stands_in_the_address(page: Any, site: Site) -> None:
    totals = json.loads(site.results["teleport"].read_text(encoding="utf-8"))["totals"]
    page.goto(site.url("index.html"))
    whole = page.locator("#board tbody").inner_text()
    page.select_option("select[name=puzzle]", "sokoban")
    page.select_option("select[name=tier]", "medium")
    easy = totals["sokoban"]["tiers"]["medium"]
    row = page.locator("#board tbody tr", has_text="teleporter")

    assert "1 level" == page.locator("#count").inner_text()
    assert f"{100 * easy['recall']['value']:.1f}" == row.locator('[data-show="recall"]').inner_text()
    assert easy["recall"]["value"] != totals["sokoban"]["recall"]["value"]
    low, high = (f"{100 * easy['success'][end]:.0f}" for end in ("low", "high"))
    assert f"0.0 {low}–{high}" == row.locator('[data-show="success"]').inner_text().strip()
    assert not page.locator('[data-show="puzzle:maze"]').first.is_visible()
    assert "puzzle=sokoban&tier=medium" == page.url.partition("#")[2]

    narrowed = page.locator("#board tbody").inner_text()
    page.reload()
    assert narrowed == page.locator("#board tbody").inner_text()
    page.select_option("select[name=puzzle]", "all")
    low, high = (f"{100 * totals['maze']['tiers']['medium']['success'][end]:.0f}" for end in ("low", "high"))
    assert ["0.0", f"{low}–{high}"] == row.locator('[data-show="puzzle:maze"]').inner_text().split()
    assert high != f"{100 * totals['maze']['success']['high']:.0f}"
    page.get_by_role("button", name="Show all").click()
    until(page, "!location.hash")
    assert whole == page.locator("#board tbody").inner_text()
    assert "6 levels" == page.locator("#count").inner_text()


def test_an_address_that_names_nothing_on_the_board_changes_nothing(page: Any, site: Site) -> None:
    page.goto(site.url("index.html#puzzle=<script>&tier=no&by=constructor,up&skin=__proto__"))

    assert "6 levels" == page.locator("#count").inner_text()
    assert 3 == len(names(page))


def test_a_submission_whose_every_text_is_a_script_shows_it_as_text(page: Any, site: Site) -> None:
    page.goto(site.url("index.html"))
    page.locator("bdi a", has_text="<script>").click()
    assert HOSTILE == page.locator("h1").inner_text()
    assert HOSTILE in page.title()
    assert [HOSTILE] * 6 == page.locator(".about bdi").filter(has_text="onerror").all_inner_texts()

    page.locator(".beads a").first.click()
    page.wait_for_url("**/levels/**")
    until(page, "document.getElementById('film').readyState > 0")
    assert HOSTILE == page.locator("#film-name").inner_text()
    assert HOSTILE in page.locator("#take").inner_text()
    for place in ("levels.html", "index.html"):
        page.goto(site.url(place))
        assert HOSTILE in page.locator("table").first.inner_text()
        assert 0 == page.locator("img").count()
    assert page.evaluate("window.caught === undefined")


def test_the_ranking_can_be_read_where_scripts_do_not_run(chromium: Any, site: Site) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url("index.html"))

    assert ["solver oracle", "teleporter", HOSTILE] == names(page)
    assert not page.locator("#filter").is_visible()
    context.close()


# A level


def seen(page: Any) -> str:
    """The board that the page shows as read, as glyphs of a maze: its walls, its agent and its goal."""
    return str(
        page.evaluate("""() => Array.from(document.querySelectorAll('#board > g')).map(cell =>
            cell.querySelector('.wall') ? '#' : (cell.querySelector('.agent') ? '@' : cell.querySelector('.goal') ? 'G'
            : ' ')).join('')""")
    )


def test_a_level_opens_at_its_fault_with_the_film_the_reading_and_the_mark_there(page: Any, site: Site) -> None:
    level = site.level("maze", "medium")
    fault = site.rows("teleport")[level.id]["fault"]
    page.goto(site.url("index.html"))
    page.get_by_role("link", name="teleporter").click()
    page.locator(f'.beads a[title^="{level.id}:"]').click()
    page.wait_for_url("**/levels/**")
    until(page, "document.getElementById('film').readyState >= 2 && !document.getElementById('film').seeking")
    times = page.evaluate("['film', 'reference'].map(id => document.getElementById(id).currentTime)")

    assert f"frame {fault['frame']} of 80" == page.locator("#at").inner_text()
    assert fault["sentence"] == page.locator("#sentence").inner_text()
    assert pytest.approx([(fault["frame"] + 0.5) / 8] * 2, abs=0.01) == times
    row, col = fault["cell"]
    marked = page.evaluate("(r => [r.getAttribute('y'), r.getAttribute('x')])(document.querySelector('#board .here'))")
    assert [row, col] == [round(float(at) - 0.03) for at in marked]
    width = len(level.level.split("\n")[0])
    assert row * width + col == seen(page).index("@")
    assert page.locator("#box").is_visible()
    assert page.locator("#flag").is_visible()
    assert f"#teleporter@{fault['frame']}" == page.locator("#share").get_attribute("href")

    page.keyboard.press("ArrowLeft")
    assert f"frame {fault['frame'] - 1} of 80" == page.locator("#at").inner_text()
    assert not page.locator("#box").is_visible()
    assert 0 == page.locator("#board .here").count()
    page.locator("#frame").fill("0")
    assert level.level.replace("\n", "") == seen(page)
    page.keyboard.press("f")
    assert f"frame {fault['frame']} of 80" == page.locator("#at").inner_text()


def test_a_link_to_a_frame_of_a_film_leads_there_and_another_submission_can_be_chosen(page: Any, site: Site) -> None:
    level = site.level("flowfree")
    name = level.id.replace("/", "-")
    page.goto(site.url(f"levels/{name}.html#teleporter@7"))

    assert "frame 7 of 80" == page.locator("#at").inner_text()
    page.select_option("#take", "solver-oracle")
    assert "solved" == page.locator("#verdict").inner_text()
    assert not page.locator("#fault").is_visible()
    assert "frame 80 of 80" == page.locator("#at").inner_text()
    assert 0 == page.locator("#board > g", has=page.locator("rect.cell:only-child")).count()
    page.goto(site.url(f"levels/{name}.html#nobody@999999999"))
    assert page.locator("#at").inner_text().startswith("frame ")


def test_a_film_plays_to_its_end_beside_the_reference(page: Any, site: Site) -> None:
    name = site.level("sokoban").id.replace("/", "-")
    page.goto(site.url(f"levels/{name}.html#solver-oracle@70"))
    until(page, "document.getElementById('film').readyState >= 2")
    page.locator("#play").click()
    until(page, "document.getElementById('at').textContent === 'frame 80 of 80'")
    until(page, "document.getElementById('play').textContent === 'Play'")


def test_a_site_without_films_says_so_and_shows_the_verdicts(page: Any, site: Site, tmp_path: Path) -> None:
    build_site(list(site.results.values()), tmp_path / "bare")
    page.goto(f"file://{tmp_path}/bare/levels/{site.level('maze').id.replace('/', '-')}.html#teleporter")

    assert "the films of this submission are not in this folder" == page.locator("#none").inner_text()
    assert "there is no reference film in this folder" in page.locator(".stage").inner_text()
    assert site.rows("teleport")[site.level("maze").id]["fault"]["sentence"] == page.locator("#sentence").inner_text()
    assert 0 == page.get_by_role("link", name="Play").count()


# Play


def test_the_pages_rules_are_those_of_the_puzzles_over_random_moves(page: Any, site: Site) -> None:
    walks = [
        walk(id, Random(f"{id} {home}"), home=home)
        for puzzle, rules in PUZZLES.items()
        for tier in rules.tiers
        for id in (f"{puzzle}/{tier}/test/0", f"{puzzle}/{tier}/test/1")
        for home in (False, True)
    ]
    walks += [tale(puzzle, PUZZLES[puzzle].parse(text), moves.split()) for puzzle, text, moves in BY_HAND]
    page.goto(site.url("play.html"))
    told = page.evaluate(
        """walks => walks.map(walk => {
            const rules = Rules[walk.puzzle], level = rules.level(walk.level);
            let state = rules.start(level);
            const look = () =>
                [rules.board(level, state).join('\\n'), rules.solved(level, state), rules.moves(level, state)];
            return [look()].concat(walk.tried.map(move => {
                const after = rules.step(level, state, move);
                if (after !== null) state = after;
                return [after !== null].concat(look());
            }));
        })""",
        [{key: one[key] for key in ("puzzle", "level", "tried")} for one in walks],
    )

    assert sum(len(one["tried"]) for one in walks) > 2000
    assert {True, False} == {step[0] for one in walks for step in one["seen"][1:]}
    assert {*PUZZLES} == {one["puzzle"] for one in walks if any(step[2] for step in one["seen"][1:])}
    for one, found in zip(walks, told, strict=True):
        assert one["seen"] == found


BY_HAND = (
    ("flowfree", "A.A\n...", "a0,1 a1,0 a1,1"),  # joined, and not filled
    ("flowfree", "A..\n..A", "a0,1 a0,2 a1,1 a1,0"),
    ("sokoban", "######\n#@$$.#\n#.   #\n######", "R r d U r"),  # two boxes in a row
    ("sokoban", "#####\n#+*.#\n# $ #\n#####", "R d R L u U"),
    ("sokoban", "@$.", "r R R L"),  # no walls around
    ("maze", "@ G", "L R R R"),
    ("fifteen", "12%\n.43", "R U L D R L U L"),  # a wall inside
    ("fifteen", "12.", "R R L L"),
)
"""What levels of the suite seldom come to: puzzle, level and moves."""
WILD = ("", "x", "UU", "U", "u", "D", "d", "L", "l", "R", "r", "a0,0", "a-1,0", "a0,1x", "constructor")
"""What no puzzle takes for a move, or only some of them."""


def walk(id: str, rng: Random, *, home: bool) -> dict[str, Any]:
    """Moves in a level, lawful and not, and what is to be seen after each; on the way `home` they solve it."""
    identity = parse_id(id)
    level, puzzle = level_of(identity), PUZZLES[identity.puzzle]
    solution = puzzle.solve(level).trajectory
    assert solution is not None
    state, tried = level.start(), []
    for step in range(40):
        lawful = list(level.moves(state))
        odd = rng.choice([*WILD, f"{rng.choice('abcdef')}{rng.randrange(7)},{rng.randrange(7)}"])
        if home:
            chosen = [move for move in (odd,) if move not in lawful] + list(solution.moves[step : step + 1])
        else:
            chosen = [rng.choice(lawful) if lawful and rng.random() < 0.7 else odd]
        for move in chosen:
            state, _ = stepped(level, state, move)
            tried.append(move)
    return tale(identity.puzzle, level, tried)


def tale(puzzle: str, level: Any, tried: list[str]) -> dict[str, Any]:
    """Some moves in a level, and what is to be seen after each."""
    state, told = level.start(), [look(level, level.start())]
    for move in tried:
        state, one = stepped(level, state, move)
        told.append(one)
    return {"puzzle": puzzle, "level": str(level), "tried": tried, "seen": told}


def stepped(level: Any, state: Any, move: str) -> tuple[Any, list[Any]]:
    try:
        state = level.step(state, move)
    except IllegalMove:
        return state, [False, *look(level, state)]
    return state, [True, *look(level, state)]


def look(level: Any, state: Any) -> list[Any]:
    return [str(level.board(state)), is_solved(level, state), list(level.moves(state))]


def solve_by_keys(page: Any, row: Row) -> None:
    """Walk the reference solution of a maze or a Sokoban with the arrow keys."""
    page.goto(page.url.partition("#")[0] + f"#{row.id}")
    page.locator("#board").focus()
    for move in row.solution:
        page.keyboard.press(WAYS[move.upper()])


def draw_flows(page: Any, row: Row) -> None:
    """Draw the reference solution of a FlowFree with the mouse, one stroke a colour."""
    page.goto(page.url.partition("#")[0] + f"#{row.id}")
    level = PUZZLES["flowfree"].parse(row.level)
    moves = row.solution.split(" ")
    for colour, ends in level.ends.items():
        path = [ends[0], *(cell_of(move) for move in moves if move[0] == colour.lower()), ends[1]]
        for at, cell in enumerate(path):
            page.mouse.move(*middle(page, level.plan.shape, cell))
            if at == 0:
                page.mouse.down()
        page.mouse.up()


def cell_of(move: str) -> tuple[int, int]:
    row, col = move[1:].split(",")
    return int(row), int(col)


def middle(page: Any, shape: tuple[int, int], cell: tuple[int, int]) -> tuple[float, float]:
    """The middle of a cell of the board on the screen."""
    box = page.locator("#board > g").nth(cell[0] * shape[1] + cell[1]).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_levels_played_to_the_end_are_a_row_of_the_ranking(page: Any, site: Site, tmp_path: Path) -> None:
    page.goto(site.url("play.html"))
    played = [site.level("maze"), site.level("sokoban"), site.level("flowfree")]
    for row in played:
        (draw_flows if row.puzzle == "flowfree" else solve_by_keys)(page, row)
        assert page.locator("#state").inner_text().startswith("Solved in")
    assert "3 of 6 levels solved." == page.locator("#tally").inner_text()
    page.fill("#player", "<b>a person</b>")
    with page.expect_download() as download:
        page.click("#save")
    moves = tmp_path / "moves.json"
    download.value.save_as(moves)

    done("score", "--human", moves, "--data", site.dataset.folder, "--out", tmp_path / "me.json")
    rows = {row["id"]: row for row in objects((tmp_path / "me.levels.jsonl").read_text(encoding="utf-8"))}
    assert {row.id for row in played} == {id for id, row in rows.items() if row["success"]}
    assert {"judged": 3, "missing": 3} == {
        kind: sum(row["status"] == kind for row in rows.values()) for kind in ("judged", "missing")
    }
    out = done("leaderboard", tmp_path / "me.json", *site.results.values(), "--out", tmp_path / "site")
    assert "<b>a person</b>" in out
    page.goto(f"file://{tmp_path}/site/levels/{played[0].id.replace('/', '-')}.html")
    page.select_option("#take", label="<b>a person</b> – solved")
    assert "a person’s moves: there is no film" in page.locator("#none").inner_text()


def test_play_goes_on_after_a_reload_and_from_a_file(page: Any, site: Site, tmp_path: Path) -> None:
    page.goto(site.url("play.html"))
    row = site.level("maze")
    solve_by_keys(page, row)
    page.reload()
    assert page.locator("#state").inner_text().startswith("Solved in")
    page.keyboard.press("u")
    assert f"{len(row.solution) - 1} moves" == page.locator("#state").inner_text()
    page.get_by_role("button", name="Restart").click()
    assert "0 moves" == page.locator("#state").inner_text()

    told = {"schema_version": 1, "player": "x", "levels_sha256": site.dataset.levels_sha256}
    pushed = site.level("sokoban")
    answers = [
        {"id": row.id, "moves": row.solution},
        {"id": pushed.id, "moves": pushed.solution[0] + "x" + pushed.solution[1:]},
        {"id": "maze/none", "moves": "U"},
        None,
        {"id": row.id},
    ]
    write_whole(tmp_path / "moves.json", json.dumps({**told, "answers": answers}))
    page.set_input_files("#open", tmp_path / "moves.json")
    until(page, "document.getElementById('state').textContent.startsWith('Solved')")
    page.goto(site.url(f"play.html#{pushed.id}"))
    assert "1 move" == page.locator("#state").inner_text()
    write_whole(tmp_path / "other.json", json.dumps({**told, "levels_sha256": "00", "answers": []}))
    page.set_input_files("#open", tmp_path / "other.json")
    until(page, "document.getElementById('saved').textContent.includes('cannot be used')")


def test_flows_are_drawn_by_keys_taken_back_by_going_back_and_never_against_the_rules(page: Any, site: Site) -> None:
    row = site.level("flowfree")
    level = PUZZLES["flowfree"].parse(row.level)
    page.goto(site.url(f"play.html#{row.id}"))
    first = row.solution.split(" ")[0]
    start, cell = level.ends[first[0].upper()][0], cell_of(first)
    way = {(1, 0): "ArrowDown", (-1, 0): "ArrowUp", (0, 1): "ArrowRight", (0, -1): "ArrowLeft"}
    page.locator("#board").focus()
    for _ in range(start[0]):
        page.keyboard.press("ArrowDown")
    for _ in range(start[1]):
        page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    assert "true" == page.locator("#pen").get_attribute("aria-pressed")
    page.keyboard.press(way[cell[0] - start[0], cell[1] - start[1]])
    assert "1 move" == page.locator("#state").inner_text()
    page.keyboard.press(way[start[0] - cell[0], start[1] - cell[1]])
    assert "0 moves" == page.locator("#state").inner_text()


def test_a_level_is_solved_by_touch_alone_on_a_small_screen(phone: Any, site: Site) -> None:
    row = site.level("sokoban")
    phone.goto(site.url(f"play.html#{row.id}"))
    for move in row.solution:
        phone.locator(f'.pad [data-way="{move.upper()}"]').tap()

    assert phone.locator("#state").inner_text().startswith("Solved in")


def drag(page: Any, points: list[tuple[float, float]]) -> None:
    """One finger from the first of some points to the last."""
    finger = page.context.new_cdp_session(page)
    for at, (x, y) in enumerate(points):
        kind = "touchMove" if at else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_maze_is_walked_by_swipes_and_flows_are_drawn_by_a_finger(phone: Any, site: Site) -> None:
    maze = site.level("maze")
    phone.goto(site.url(f"play.html#{maze.id}"))
    box = phone.locator("#board").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for move in maze.solution:
        down, right = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}[move]
        drag(phone, [(x, y), (x + 30 * right, y + 30 * down), (x + 60 * right, y + 60 * down)])
    assert f"Solved in {len(maze.solution)} moves." == phone.locator("#state").inner_text()

    row = site.level("flowfree")
    level = PUZZLES["flowfree"].parse(row.level)
    phone.goto(site.url(f"play.html#{row.id}"))
    moves = row.solution.split(" ")
    colour, (first, last) = next(iter(level.ends.items()))
    own = [cell_of(move) for move in moves if move[0] == colour.lower()]
    phone.locator("#board").scroll_into_view_if_needed()
    drag(phone, [middle(phone, level.plan.shape, cell) for cell in (first, *own, last)])
    assert f"{len(own)} move{'s' if len(own) > 1 else ''}" == phone.locator("#state").inner_text()


# All pages


def places(site: Site) -> list[str]:
    """A page of every kind."""
    name = site.level("flowfree").id.replace("/", "-")
    models = [path.relative_to(site.folder).as_posix() for path in site.folder.glob("models/*.html")]
    return ["index.html", "levels.html", "play.html", *models, f"levels/{name}.html#teleporter"]


class Quiet(SimpleHTTPRequestHandler):
    """A server of files that says nothing."""

    def log_message(self, format: str, *args: Any) -> None: ...


def test_the_site_works_from_a_folder_of_a_server_too(page: Any, site: Site) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site.folder.parent))) as server:
        threading.Thread(target=server.serve_forever).start()
        for place in places(site):
            page.goto(f"http://127.0.0.1:{server.server_port}/site/{place}")
            assert page.locator("h1").is_visible()
        until(page, "document.getElementById('film').readyState > 0")
        assert page.locator("#board .here").is_visible()
        page.goto("about:blank")
        server.shutdown()


def test_no_page_is_wider_than_a_small_screen_and_every_control_has_a_name(phone: Any, site: Site) -> None:
    for place in places(site):
        phone.goto(site.url(place))

        assert phone.evaluate("document.documentElement.scrollWidth") <= 400, place
        nameless = phone.evaluate("""() =>
            Array.from(document.querySelectorAll('button, select, input, a, video, svg[role]'))
                .filter(one => !one.closest('[hidden]'))
                .filter(one => !one.textContent.trim() && !one.getAttribute('aria-label') && !(one.labels || []).length)
                .map(one => one.outerHTML)""")
        assert [] == nameless, place
        assert 1 == phone.locator("h1").count()
        assert 1 == phone.locator("main").count()


def test_the_ranking_of_all_puzzles_is_as_wide_as_the_page_and_keeps_its_names_in_sight_where_it_is_wider(
    page: Any, tmp_path: Path
) -> None:
    """Four puzzles, long names, and leads that are told at length."""
    board = [
        results_of(
            [row for puzzle in PUZZLES for row in rows(verdicts, puzzle)],
            meta={"schema_version": 1, "model": {"name": name}, "dataset": {}},
            benchmark=BENCHMARK,
            strange=[],
        )
        for name, verdicts in (
            ("An open model, SDE-GRPO, 200 iterations", "S" * 40),
            ("An open model, SFT alone", "S" * 20 + "J" * 20),
            ("A", "W" * 40),
        )
    ]
    build_site(written(tmp_path, *board), tmp_path / "site")
    page.goto(f"file://{tmp_path}/site/index.html")

    def beyond() -> int:
        return int(page.evaluate("(at => at.scrollWidth - at.clientWidth)(document.querySelector('.scroll'))"))

    assert 0 == beyond()
    for width in (800, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert beyond() > 0
        assert page.locator(".board caption").first.bounding_box()["width"] < width
        page.evaluate("document.querySelector('.scroll').scrollLeft = 9999")
        box = page.locator("#board tbody th").first.bounding_box()
        assert 0 <= box["x"] <= width / 8
        assert "rgba(0, 0, 0, 0)" != page.evaluate(
            "getComputedStyle(document.querySelector('#board .model')).backgroundColor"
        )


def test_the_theme_follows_the_system_until_it_is_chosen_and_is_kept(page: Any, site: Site) -> None:
    def paper() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    page.goto(site.url("index.html"))
    light = paper()
    page.emulate_media(color_scheme="dark")
    dark = paper()
    assert light != dark
    page.locator("#theme").click()
    assert ("Theme: light", light) == (page.locator("#theme").inner_text(), paper())
    page.goto(site.url("play.html"))
    assert light == paper()
    page.locator("#theme").click()
    page.emulate_media(color_scheme="light")
    assert ("Theme: dark", dark) == (page.locator("#theme").inner_text(), paper())


def test_the_first_tab_leads_past_the_navigation_and_headings_are_pressed_by_keys(page: Any, site: Site) -> None:
    page.goto(site.url("index.html"))
    page.keyboard.press("Tab")
    assert "Skip to the content" == page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    assert "main" == page.evaluate("document.activeElement.id")
    page.locator('th[data-key="name"] button').focus()
    page.keyboard.press("Enter")
    assert "ascending" == page.locator('th[data-key="name"]').get_attribute("aria-sort")
