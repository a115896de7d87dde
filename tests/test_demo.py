"""The demo, end to end: levels, four players, verdicts, the table and the page."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from test_cli import done, hashes, objects, run

from puzzlereel.cli.demo import PLAYERS
from puzzlereel.puzzles.core import Reason
from puzzlereel.puzzles.registry import SUITE

NAMES = [name for name, _ in PLAYERS.values()]


class Demo(NamedTuple):
    folder: Path
    out: str
    page: str

    def result(self, player: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / f"results/{player}.json").read_text())
        return found

    def rows(self, player: str) -> list[dict[str, Any]]:
        return objects((self.folder / f"results/{player}.levels.jsonl").read_text())

    def share(self, player: str, number: str) -> set[float]:
        """One of a player's numbers, over all puzzles."""
        totals = self.result(player)["totals"]
        return {totals[puzzle][number]["value"] for puzzle in SUITE}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo") / "out"
    out = done("demo", "--out", folder, "--count", "1", "--workers", "2")
    return Demo(folder, out, (folder / "site/index.html").read_text())


def test_the_demo_says_where_the_levels_and_the_page_are(demo: Demo) -> None:
    first, last = demo.out.splitlines()[0], demo.out.splitlines()[-1]

    assert f"9 levels in {demo.folder / 'data'}" == first
    assert f"open {demo.folder / 'site/index.html'}" == last
    assert 9 == len(list((demo.folder / "data").rglob("*.mp4")))


def test_the_table_ranks_the_honest_players_above_the_others(demo: Demo) -> None:
    places = {name: demo.out.index(name) for name in NAMES}

    assert {"solver oracle", "late oracle"} == set(sorted(places, key=lambda name: places[name])[:2])
    assert 2 == sum(line.split()[:1] == ["1"] for line in demo.out.splitlines())
    assert 2 == sum(line.split()[:1] == ["3"] for line in demo.out.splitlines())


@pytest.mark.parametrize("player", ["oracle", "late"])
def test_an_honest_player_succeeds_on_every_puzzle(demo: Demo, player: str) -> None:
    assert {1.0} == demo.share(player, "success")
    assert {1.0} == demo.share(player, "f1")
    assert [None] * 9 == [row["fault"] for row in demo.rows(player)]


def test_the_teleporter_arrives_and_is_refused_for_its_jumps(demo: Demo) -> None:
    assert {0.0} == demo.share("teleport", "success")
    assert {1.0} == demo.share("teleport", "cheating")
    assert [("jump", True)] * 9 == [(row["fault"]["reason"], row["arrived"]) for row in demo.rows("teleport")]


def test_the_frozen_film_solves_nothing_and_is_told_so(demo: Demo) -> None:
    assert {0.0} == demo.share("frozen", "success") | demo.share("frozen", "arrived")
    assert ["frozen"] * 9 == [row["fault"]["reason"] for row in demo.rows("frozen")]


def test_the_page_shows_every_player_and_holds_the_results_itself(demo: Demo) -> None:
    begin = demo.page.index('type="application/json"')
    inline = demo.page[demo.page.index(">", begin) + 1 : demo.page.index("</script>", begin)]
    places = json.loads(inline)["places"]

    assert set(NAMES) == {place["submission"]["name"] for place in places}
    assert {"solver oracle": 1.0, "late oracle": 1.0, "teleporter": 0.0, "frozen first frame": 0.0} == {
        place["submission"]["name"]: place["macro"]["success"]["value"] for place in places
    }
    assert all(name in demo.page.replace(inline, "") for name in NAMES)
    assert json.loads((demo.folder / "site/data.json").read_text()) == json.loads(inline)


def test_the_page_shows_a_film_of_every_puzzle_solved_and_one_refused(demo: Demo) -> None:
    shown = {path.name for path in (demo.folder / "site/films").iterdir()}

    assert 2 * len(SUITE) == len(shown)
    assert all(f'src="films/{name}"' in demo.page for name in shown)
    assert all(f"{puzzle.title}: {end}" in demo.page for puzzle in SUITE.values() for end in ("solved", "refused"))
    assert Reason.JUMP.value in demo.page


def test_a_demo_of_another_size_is_refused_and_spoils_nothing(demo: Demo) -> None:
    before = hashes(demo.folder)

    other = run("demo", "--out", demo.folder, "--count", "2")

    assert (2, "", 1) == (other.status, other.out, len(other.err.splitlines()))
    assert str(demo.folder) in other.err
    assert before == hashes(demo.folder)
