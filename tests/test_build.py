"""How data sets are built: in batches, by anyone, in any order, whatever is killed meanwhile."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as parquet
import pytest
from test_cli import run
from test_dataset import files_of

from puzzlereel import files
from puzzlereel.cli.data import refusal
from puzzlereel.hub import build as building
from puzzlereel.hub import options as deciding
from puzzlereel.hub import rows as making
from puzzlereel.hub.build import Shard, begin, build
from puzzlereel.hub.check import check
from puzzlereel.hub.dataset import BadDataset, read_manifest
from puzzlereel.hub.options import Kind, Options, identity_of, resolved
from puzzlereel.puzzles.ids import LevelId, parse_id, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.skins import SKINS
from puzzlereel.renderers.video import write_shots

MAZES = Options(puzzles=("maze",), tiers=("easy",), count=3, height=176, width=304)
SECRET = b"a secret of the tests"


@pytest.fixture(scope="module")
def mazes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mazes")
    build(folder, MAZES)
    return folder


# Batches, shards and engines


def test_shares_made_in_any_order_and_more_than_once_give_the_same_bytes(mazes: Path, tmp_path: Path) -> None:
    shares = [build(tmp_path, MAZES, shard=Shard(number, 2)) for number in (1, 0, 1)]
    begun = {name for name in files_of(tmp_path) if name.endswith(".mp4")}
    build(tmp_path, MAZES)

    assert [None, None, None] == shares
    assert {f"maze/test/videos/maze-easy-test-{index}.mp4" for index in range(3)} == begun
    assert files_of(mazes) == files_of(tmp_path)


def test_a_share_films_its_own_levels_only(tmp_path: Path) -> None:
    """Of 128 levels in batches of two, a sixteenth: every 16th batch."""
    asked: list[str] = []

    def make(out: Path, options: Options, identity: LevelId) -> dict[str, Any]:
        asked.append(str(identity))
        return {}

    options = Options(puzzles=("maze",), tiers=("easy",), count=128, height=176, width=304)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "make_level", make)
        patch.setattr(building, "write_rows", lambda path, rows, columns: None)
        build(tmp_path, options, shard=Shard(3, 16))

    assert [f"maze/easy/test/{2 * batch + one}" for batch in (3, 19, 35, 51) for one in (0, 1)] == asked


def test_what_a_lost_share_would_have_made_is_made_at_the_end(mazes: Path, tmp_path: Path) -> None:
    build(tmp_path, MAZES, shard=Shard(0, 3))
    build(tmp_path, MAZES)

    assert files_of(mazes) == files_of(tmp_path)


def test_a_batch_that_lost_a_film_is_made_again(mazes: Path, tmp_path: Path) -> None:
    build(tmp_path, MAZES, shard=Shard(0, 1))
    (tmp_path / "maze/test/videos/maze-easy-test-1.mp4").unlink()
    build(tmp_path, MAZES)

    assert files_of(mazes) == files_of(tmp_path)


ON_RAY = """
import json, os, signal, sys, time
from pathlib import Path
from puzzlereel.cluster import spread_on_ray
from puzzlereel.hub.build import build
from puzzlereel.hub.options import Options

def who(number):
    time.sleep(0.3)
    return os.getpid()

def stumble(number):
    raise ZeroDivisionError(f"three is {number}")

def die(number):
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number

if __name__ == "__main__":
    options = Options(puzzles=("maze",), tiers=("easy",), count=3, height=176, width=304)
    build(Path(sys.argv[1]), options, workers=2, engine="ray")
    told = {"workers": len({pid for _, pid in spread_on_ray(who, range(8), 2)} - {os.getpid()})}
    told["died"] = sorted(spread_on_ray(die, [1, 2], 2))
    try:
        list(spread_on_ray(stumble, [3], 2))
    except ZeroDivisionError as error:
        told["raised"] = str(error)
    Path(sys.argv[1], "..", "told.json").write_text(json.dumps(told))
"""


def test_a_ray_cluster_with_two_workers_gives_the_same_bytes(mazes: Path, tmp_path: Path) -> None:
    """A real one, on this machine; a call that raises or kills its worker ends as it does in a local pool."""
    (tmp_path / "on_ray.py").write_text(ON_RAY)
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    ran = subprocess.run(
        [sys.executable, tmp_path / "on_ray.py", tmp_path / "data"],
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
        env=environment | {"RAY_USAGE_STATS_ENABLED": "0"},
    )

    assert 0 == ran.returncode, ran.stderr
    told = json.loads((tmp_path / "told.json").read_text())
    assert {"workers": 2, "died": [[1, None], [2, 2]], "raised": "three is 3"} == told
    assert files_of(mazes) == files_of(tmp_path / "data")


def test_an_engine_that_is_not_there_is_named(tmp_path: Path) -> None:
    ran = run("generate", "--out", tmp_path / "data", "--engine", "steam")

    assert (2, "puzzlereel: expected an engine of local, ray, got 'steam'") == (ran.status, ran.err.strip())


def test_ray_that_is_not_installed_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    ran = run("generate", "--out", tmp_path / "data", "--engine", "ray", "--puzzle", "maze")

    assert (2, "puzzlereel: expected the ray extra for this engine: pip install 'puzzlereel[ray]'") == (
        ran.status,
        ran.err.strip(),
    )


@pytest.mark.parametrize("text", ["3/3", "-1/2", "1", "1/0", "01/2", "a/b", "1/2/3"])
def test_a_share_that_does_not_exist_is_refused(text: str, tmp_path: Path) -> None:
    ran = run("generate", "--out", tmp_path / "data", "--shard", text)

    assert 2 == ran.status
    assert f"expected --shard i/n with i from 0 to n-1, got '{text}'" in ran.err
    assert not (tmp_path / "data").exists()


# What may stand in the way


def test_what_another_program_calls_build_json_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "build.json").write_text('{"mine": true}')
    with pytest.raises(BadDataset, match="expected the options of a build, got something else in"):
        build(tmp_path, MAZES)

    assert {"build.json": b'{"mine": true}'} == files_of(tmp_path)


def test_a_second_build_at_the_same_time_is_refused_and_one_share_is_not(mazes: Path, tmp_path: Path) -> None:
    shutil.copytree(mazes, tmp_path / "data")
    with files.alone_with(tmp_path / "data/build.json", shared=True):
        with pytest.raises(files.Busy, match=r"expected to be alone in .*data, found another build at work there"):
            build(tmp_path / "data", MAZES)

        assert None is build(tmp_path / "data", MAZES, shard=Shard(0, 2))
    assert 3 == build(tmp_path / "data", MAZES)


def test_a_share_that_comes_late_changes_nothing(mazes: Path, tmp_path: Path) -> None:
    shutil.copytree(mazes, tmp_path / "data")

    assert None is build(tmp_path / "data", MAZES, shard=Shard(0, 2))
    assert files_of(mazes) == files_of(tmp_path / "data")


@pytest.mark.parametrize("damaged", ["maze/test/videos/maze-easy-test-1.mp4", "build/maze-easy-1-2.parquet"])
def test_what_was_damaged_in_an_unfinished_build_is_made_again(damaged: str, mazes: Path, tmp_path: Path) -> None:
    build(tmp_path, MAZES, shard=Shard(0, 1))
    (tmp_path / damaged).write_bytes((tmp_path / damaged).read_bytes()[:500])
    build(tmp_path, MAZES)

    assert files_of(mazes) == files_of(tmp_path)


def test_a_broken_manifest_is_written_again(mazes: Path, tmp_path: Path) -> None:
    shutil.copytree(mazes, tmp_path / "data")
    (tmp_path / "data/manifest.json").write_text("{")
    build(tmp_path / "data", MAZES)

    assert files_of(mazes) == files_of(tmp_path / "data")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--count", "100000001"), "expected 1 to 100000000 levels, got 100000001"),
        (("--height", "1440", "--width", "1920"), "expected at most 2088960 pixels a frame, got 1440x1920"),
        (("--height", "1088", "--width", "1920", "--frames", "1001"), "expected a film of at most 1610612736 bytes"),
    ],
)
def test_films_that_nobody_would_read_and_sets_that_nobody_could_make_are_refused(
    options: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    ran = run("generate", "--out", tmp_path / "data", *options)

    assert 2 == ran.status
    assert said in ran.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("share", [(), ("--shard", "0/2")])
def test_a_build_that_is_refused_at_its_first_level_leaves_nothing_behind(
    there: bool, share: tuple[str, ...], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    if there:
        data.mkdir()
    ran = run(
        "generate", "--out", data, "--puzzle", "maze", "--height", "32", "--width", "32", "--workers", "1", *share
    )

    assert 2 == ran.status
    assert "expected" in ran.err
    assert [data] * there == list(tmp_path.rglob("*"))


def test_a_build_that_is_refused_while_another_works_there_takes_nothing_away(tmp_path: Path) -> None:
    begin(tmp_path, MAZES)
    with files.alone_with(tmp_path / "build.json", shared=True), pytest.raises(files.Busy):
        build(tmp_path, MAZES)

    assert (tmp_path / "build.json").exists()
    assert (tmp_path / "maze/test/videos").is_dir()


def test_options_are_changed_while_nothing_is_made_and_nobody_is_at_work(tmp_path: Path) -> None:
    begin(tmp_path, MAZES)
    begun = (tmp_path / "build.json").read_text()
    for shared in (True, False):
        with files.alone_with(tmp_path / "build.json", shared=shared), pytest.raises(files.Busy):
            begin(tmp_path, replace(MAZES, count=4))

    assert begun == (tmp_path / "build.json").read_text()
    begin(tmp_path, replace(MAZES, count=4))
    assert begun != (tmp_path / "build.json").read_text()


def test_of_two_that_begin_at_once_the_second_works_with_the_file_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def beaten(path: Path, text: str) -> None:
        path.write_text(text)
        seen.append(path.stat().st_ino)
        create(path, text)

    create, seen = files.create_whole, list[int]()
    monkeypatch.setattr(building, "create_whole", beaten)
    begin(tmp_path, MAZES)

    assert seen == [(tmp_path / "build.json").stat().st_ino]
    assert [] == list(tmp_path.glob(".*.part"))


def test_who_held_a_file_that_another_has_replaced_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def late(lock: Any, how: int) -> None:
        if not tried:
            files.write_whole(path, "new")
        tried.append(lock.read())
        flock(lock, how)

    path, tried, flock = tmp_path / "build.json", list[bytes](), fcntl.flock
    path.write_text("old")
    monkeypatch.setattr(fcntl, "flock", late)
    with files.alone_with(path, shared=False):
        assert [b"old", b"new"] == tried
    path.unlink()
    with pytest.raises(files.Busy, match="found that another build took it away"), files.alone_with(path, shared=True):
        pass


def test_drafts_of_one_file_have_names_of_their_own(tmp_path: Path) -> None:
    with files.whole(tmp_path / "a") as one, files.whole(tmp_path / "a") as other:
        one.write_text("1")
        other.write_text("2")

    assert "1" == (tmp_path / "a").read_text()
    assert [tmp_path / "a"] == list(tmp_path.iterdir())


def test_no_level_is_in_two_tiers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms are taken to be so few here that tiers share them."""

    def form(puzzle: Any, level: Any) -> str:
        return str(int(hashlib.sha256(str(level).encode()).hexdigest(), 16) % 29)

    monkeypatch.setattr(making, "form_of", form)
    both = replace(MAZES, tiers=("tiny", "easy"), count=8)
    build(tmp_path, both)
    rows = parquet.read_table(tmp_path / "maze/test/metadata.parquet").to_pylist()

    assert [8, 8] == [sum(row["tier"] == tier for row in rows) for tier in both.tiers]
    assert 16 == len({row["form_sha256"] for row in rows})
    assert any(read_manifest(tmp_path)["repeats_dropped"].values())
    assert {row["file_name"] for row in rows} == {f"videos/{path.name}" for path in tmp_path.rglob("*.mp4")}


# Kills


def killed_at(folder: Path, place: int, *, before: bool) -> bool:
    """Build in a process that kills itself before or after its `place`-th file gets its name; whether it did."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forks of processes with threads
        child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    left = place

    def killing(real: Any) -> Any:
        def named(source: Any, target: Any) -> None:
            nonlocal left
            left -= 1
            if left < 0 and before:
                os.kill(os.getpid(), signal.SIGKILL)
            real(source, target)
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        return named

    files.os.replace, files.os.link = killing(os.replace), killing(os.link)  # type: ignore[attr-defined]
    with contextlib.suppress(BaseException):
        build(folder, MAZES)
    os._exit(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
@pytest.mark.parametrize("before", [True, False])
def test_a_build_goes_on_from_every_point_at_which_it_can_be_killed(before: bool, mazes: Path, tmp_path: Path) -> None:
    """Whatever file was being given its name; no film that was finished is made again."""
    place = 0
    while killed_at(folder := tmp_path / f"killed{place}", place, before=before):
        films = {path: path.stat() for path in folder.rglob("*.mp4")}
        build(folder, MAZES)

        assert files_of(mazes) == files_of(folder), place
        for path, was in films.items():
            assert (was.st_ino, was.st_mtime_ns) == (path.stat().st_ino, path.stat().st_mtime_ns)
        place += 1

    files = ("build.json", *3 * ("film", "rows"), "metadata", "levels.png", "moves.png", "README.md", "manifest.json")
    assert len(files) == place


# Looks


def rows_of(folder: Path) -> list[dict[str, Any]]:
    paths = sorted(folder.glob("*/*/metadata.parquet"))
    return [row for path in paths for row in parquet.read_table(path).to_pylist()]


def test_levels_take_turns_in_skins_and_styles_by_their_ids(tmp_path: Path) -> None:
    options = Options(
        tiers=("easy",), count=4, skins=("dark", "okabe+frame"), styles=("slide", "fade"), height=240, width=416
    )
    build(tmp_path, options)
    rows = rows_of(tmp_path)

    assert {"dark", "okabe+frame"} == {row["skin"] for row in rows}
    assert {"slide", "fade"} == {row["style"] for row in rows}
    assert {row["id"]: (row["skin"], row["style"]) for row in rows} == {
        row["id"]: (options.skin_for(parse_id(row["id"])), options.style_for(parse_id(row["id"]))) for row in rows
    }
    assert [] == list(check(tmp_path, refusal))


def test_turns_are_taken_about_as_often_and_apart_from_each_other() -> None:
    options = Options(skins=("dark", "flat"), styles=("hold", "slide"))
    ids = [LevelId("maze", "easy", "train", index) for index in range(1000)]
    counts = Counter((options.skin_for(identity), options.style_for(identity)) for identity in ids)

    assert 4 == len(counts)
    assert 200 < min(counts.values()) <= max(counts.values()) < 300


@pytest.mark.parametrize("puzzle", PUZZLES)
def test_all_skins_are_those_that_are_held_out_in_ood_and_the_others_elsewhere(puzzle: str) -> None:
    held_out = [name for name, skin in SKINS[puzzle].items() if skin.held_out]

    assert held_out == resolved(["all"], puzzle, "ood")
    assert [name for name in SKINS[puzzle] if name not in held_out] == resolved(["all"], puzzle, "hard")
    assert [f"{name}+frame" for name in held_out] == resolved(["all+frame", held_out[0] + "+frame"], puzzle, "ood")


def test_a_skin_that_is_held_out_is_refused_for_training(tmp_path: Path) -> None:
    ran = run("generate", "--out", tmp_path / "data", "--split", "train", "--skin", "dark", "--skin", "arcade")

    assert "expected a skin that is not held out for the train split, got 'arcade'" in ran.err
    assert 2 == ran.status
    assert not (tmp_path / "data").exists()


def test_a_retold_solution_is_one_in_any_order_of_colours_and_from_either_end() -> None:
    """Every flow in one go; of many tellings, each colour comes first at times, and each end."""
    way = solution_of(LevelId("flowfree", "hard", "test", 0)).trajectory
    retell = PUZZLES["flowfree"].retell
    assert way is not None
    assert retell is not None
    flows = {colour: [move for move in way.moves if move[0] == colour] for colour in {move[0] for move in way.moves}}
    first, ends = Counter[str](), Counter[bool]()
    for seed in range(200):
        told = retell(way, Random(seed))
        order = list(dict.fromkeys(move[0] for move in told.moves))
        parts = {colour: [move for move in told.moves if move[0] == colour] for colour in order}

        assert told.solved
        assert [move for colour in order for move in parts[colour]] == list(told.moves)
        assert all(parts[colour] in (flow, flow[::-1]) for colour, flow in flows.items())
        first[order[0]] += 1
        ends.update(parts[colour] == flow for colour, flow in flows.items() if len(flow) > 1)

    assert flows.keys() == first.keys()
    assert 0.4 < ends[True] / ends.total() < 0.6


def test_shuffled_solutions_are_filmed_as_they_are_told(tmp_path: Path) -> None:
    options = Options(puzzles=("flowfree",), tiers=("easy",), count=2, shuffled=True, height=176, width=304)
    build(tmp_path, options)
    rows = rows_of(tmp_path)
    reference = [
        PUZZLES["flowfree"].write_moves(way) for row in rows if (way := solution_of(parse_id(row["id"])).trajectory)
    ]

    assert reference != [row["solution"] for row in rows]
    assert [sorted(way.split()) for way in reference] == [sorted(row["solution"].split()) for row in rows]
    assert [] == list(check(tmp_path, refusal))


# Secrets


def test_a_secret_draws_the_indices(tmp_path: Path) -> None:
    secret_sha256 = hashlib.sha256(SECRET).hexdigest()
    options = Options(puzzles=("maze",), tiers=("easy",), count=3, secret_sha256=secret_sha256, height=176, width=304)
    build(tmp_path, options, secret=SECRET)
    ids = [row["id"] for row in rows_of(tmp_path)]

    assert [str(identity_of(Kind("maze", "easy"), "test", n, SECRET)) for n in range(3)] == ids
    assert min(int(text.split("/")[-1]) for text in ids) > 10**6
    assert [] == list(check(tmp_path, refusal))
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or SECRET not in path.read_bytes()


def test_an_id_that_a_secret_draws_twice_keeps_its_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "MOST_INDEX", 8)
    secret_sha256 = hashlib.sha256(SECRET).hexdigest()
    options = Options(puzzles=("maze",), tiers=("easy",), count=5, secret_sha256=secret_sha256, height=176, width=304)

    assert 5 == build(tmp_path, options, secret=SECRET)
    assert len(rows_of(tmp_path)) < sum(read_manifest(tmp_path)["repeats_dropped"].values()) + 5
    assert [] == list(check(tmp_path, refusal))


def test_a_secret_set_is_sealed_and_opened(tmp_path: Path) -> None:
    """The whole way, as in the README: generate, seal, unseal."""
    (tmp_path / "secret").write_bytes(SECRET + b"\n")
    data, public, opening = (str(tmp_path / name) for name in ("data", "public", "opening.json"))
    few = ("--puzzle", "maze", "--tier", "easy", "--count", "2", "--height", "176", "--width", "304", "--workers", "1")
    made = run("generate", "--out", data, *few, "--secret-file", tmp_path / "secret")
    sealed = run("seal", data, "--out", public, "--opening", opening)
    opened = run("unseal", public, "--opening", opening)

    assert [0, 0, 0] == [made.status, sealed.status, opened.status], made.err + sealed.err + opened.err
    assert "guess" not in sealed.out + sealed.err


@pytest.mark.parametrize(
    ("secret", "said"),
    [(b"short", "expected a secret of at least 16 bytes, got 5"), (SECRET + b"!", "expected the secret that the")],
)
def test_a_secret_that_is_short_or_another_is_refused(secret: bytes, said: str, tmp_path: Path) -> None:
    digest = hashlib.sha256(secret if len(secret) < 16 else SECRET).hexdigest()
    with pytest.raises(BadDataset, match=said):
        build(tmp_path / "data", Options(secret_sha256=digest), secret=secret)

    assert not (tmp_path / "data").exists()


# What identifies a data set


def test_the_hash_over_levels_leaves_out_what_an_encoder_makes(
    mazes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "write_shots", lambda *words, fps: write_shots(*words, fps=fps + 1))
    build(tmp_path, MAZES)

    assert read_manifest(mazes)["levels_sha256"] == read_manifest(tmp_path)["levels_sha256"]
    assert read_manifest(mazes)["files"] != read_manifest(tmp_path)["files"]


def test_a_folder_begun_with_another_encoder_is_refused(
    mazes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(mazes, tmp_path / "data")
    monkeypatch.setattr(building, "version", lambda package: "0.1")
    with pytest.raises(BadDataset, match=r"expected the written_with .*'av': .* was begun, got .*'av': '0\.1'"):
        build(tmp_path / "data", MAZES)
