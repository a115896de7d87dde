"""Pushing to the Hub: its own client against a Hub on this machine, through whatever a network does.

Each push runs in a process of its own, because the client reads HF_ENDPOINT once, when it is imported.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_hub import DROP, LOST, READER, WRITER, Commit, FakeHub, Fault, File
from test_bad_input import refused
from test_cli import Run, done

from puzzlereel.hub import answers
from puzzlereel.hub import push as pushing
from puzzlereel.hub.answers import WAITS, CannotPush, PushStopped, patiently, sentences
from puzzlereel.hub.build import build
from puzzlereel.hub.dataset import BadDataset, open_dataset, sha256_of
from puzzlereel.hub.options import Options
from puzzlereel.hub.push import check_target, files_of, how_to_load
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.puzzles.ids import level_of, parse_id, solution_of
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.video import read_video
from puzzlereel.verifiers.judge import judge

FEW = Options(puzzles=("maze",), tiers=("easy",), count=3, height=176, width=304)
NAMES = [f"maze/test/videos/maze-easy-test-{index}.mp4" for index in range(3)]
SEVERAL = """
import contextlib, io, json, os, sys
from puzzlereel.cli.main import main
from puzzlereel.hub import answers, push

answers.WAITS, push.BATCH = [0.0] * len(answers.WAITS), int(sys.argv[1])
told = []
for token, *argv in json.loads(sys.argv[2]):
    os.environ["HF_TOKEN"], sys.argv = token, ["puzzlereel", "push", *argv]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            told.append([end.code, out.getvalue(), err.getvalue()])
print(json.dumps(told))
"""
"""Some pushes in one process, each with its token, without waits of our own, and with commits of so many files."""
LOADED = """
import sys
from puzzlereel.cli.main import main

try:
    main()
finally:
    print("huggingface_hub" in sys.modules)
"""
"""The command, and then whether it has imported the Hub's client."""
LOAD = """
import sys
from datasets import Video, load_dataset
from huggingface_hub import HfFileSystem

films = {}
for row in CALL["test"].cast_column("video", Video(decode=False)):
    films["whole", row["id"]] = open(row["video"]["path"], "rb").read()
for row in load_dataset("user/mazes", "maze", split="test", streaming=True).decode(False):
    films["streamed", row["id"]] = row["video"]["bytes"] or HfFileSystem().open(row["video"]["path"]).read()
for (how, identity), film in films.items():
    open(f"{sys.argv[1]}/{how}-{identity.replace('/', '-')}.mp4", "wb").write(film)
"""
"""Loads in both ways, at first as a push says in place of CALL, and puts the films into a folder."""


class Pusher:
    """Runs `puzzlereel push` against the Hub of these tests, as someone with an empty home."""

    def __init__(self, hub: FakeHub, home: Path) -> None:
        self.hub, self.home = hub, home

    def __call__(self, *argv: str | Path, program: list[str] | None = None, **env: str) -> Run:
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("HF_", "HUGGING")) and "PROXY" not in key.upper()
        }
        ours = {"HF_ENDPOINT": self.hub.url, "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(self.home), "HF_TOKEN": WRITER}
        ran = subprocess.run(
            [sys.executable, *(program or ["-m", "puzzlereel", "push"]), *map(str, argv)],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            env={**kept, "HF_HUB_DISABLE_TELEMETRY": "1", **ours, **env},
        )
        return Run(ran.returncode, ran.stdout, ran.stderr)

    def several(self, *pushes: tuple[str | Path, ...], token: str = WRITER, batch: int = 1000, **env: str) -> list[Run]:
        """One after the other in one process, without waits between tries."""
        steps = json.dumps([[token, *map(str, argv)] for argv in pushes])
        ran = self(str(batch), steps, program=["-c", SEVERAL], **env)
        assert (0, "") == (ran.status, ran.err), ran.err
        return [Run(*told) for told in json.loads(ran.out)]


def complaint(ran: Run, status: int) -> str:
    """The one line of a push that failed; it never has the token."""
    assert (status, "") == (ran.status, ran.out), ran.err
    assert re.fullmatch(r"puzzlereel: [^\n]{,450}\n", ran.err), ran.err
    assert "hf_" not in ran.err
    return ran.err.removeprefix("puzzlereel: ").rstrip()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three mazes, with things beside them that are no part of the data set."""
    folder = tmp_path_factory.mktemp("pushed") / "data"
    build(folder, FEW)
    (folder / "maze/test/videos/.half.mp4.part").write_bytes(b"what a killed encoder leaves")
    (folder / "parquet").mkdir()
    (folder / "parquet/train.parquet").write_bytes(b"an export")
    assert (folder / "build.json").is_file()
    return folder


@pytest.fixture(scope="module")
def pusher(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with FakeHub() as hub:
        yield Pusher(hub, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def first(pusher: Pusher, data: Path) -> Run:
    """The first push, to user/mazes."""
    return pusher(data, "user/mazes")


def named_in(data: Path) -> dict[str, bytes]:
    """The files that the manifest names, and the manifest."""
    names = [*json.loads((data / "manifest.json").read_text())["files"], "manifest.json"]
    return {name: (data / name).read_bytes() for name in names}


def test_a_push_sends_just_what_the_manifest_names_and_says_how_to_load_it(
    first: Run, pusher: Pusher, data: Path
) -> None:
    size = sum(map(len, named_in(data).values()))
    told = (
        f'{pusher.hub.url}/datasets/user/mazes: 8 of 8 files sent, {size} bytes; load_dataset("user/mazes", "maze")\n'
    )

    assert Run(0, told, "") == first
    assert named_in(data) == pusher.hub.files("user/mazes")
    assert 1 == len(pusher.hub.asked("POST /api/datasets/user/mazes/commit/main"))
    assert not pusher.hub.repos["user/mazes"].private


def test_a_second_push_sends_nothing_and_says_so(first: Run, pusher: Pusher, data: Path) -> None:
    begun = len(pusher.hub.log)
    ran = pusher(data, "user/mazes")

    assert (0, "") == (ran.status, ran.err)
    assert ran.out.startswith(
        f"{pusher.hub.url}/datasets/user/mazes: nothing to send, all 8 files are there; load_data"
    )
    assert [] == pusher.hub.asked(r"PUT|.*/(commit|batch|preupload|branch)\b", since=begun)
    assert 2 == len(pusher.hub.asked("GET .*/tree/main", since=begun))  # both pages of the listing


def test_what_was_pushed_loads_from_there_and_its_films_are_judged_right(
    first: Run, pusher: Pusher, tmp_path: Path
) -> None:
    ran = pusher(tmp_path, program=["-c", LOAD.replace("CALL", first.out.rpartition("; ")[2].rstrip())])

    assert 0 == ran.status, ran.err
    ids = [f"maze/easy/test/{index}" for index in range(3)]
    assert {f"{how}-{id.replace('/', '-')}.mp4" for how in ("whole", "streamed") for id in ids} == {
        path.name for path in tmp_path.iterdir()
    }
    for id in ids:
        level, reference = level_of(parse_id(id)), solution_of(parse_id(id)).trajectory
        for how in ("whole", "streamed"):
            video = read_video(tmp_path / f"{how}-{id.replace('/', '-')}.mp4")

            assert judge(video, level, skin_of("maze", "classic"), reference=reference).success


def test_a_dry_run_lists_every_file_and_contacts_no_one(pusher: Pusher, data: Path) -> None:
    begun = len(pusher.hub.log)
    ran = pusher("push", data, "user/dry", "--dry-run", "--private", program=["-c", LOADED], HF_TOKEN="")
    *lines, total, loaded = ran.out.splitlines()

    assert (0, "") == (ran.status, ran.err)
    assert {name: len(content) for name, content in named_in(data).items()} == {
        name: int(size) for size, name in (line.split() for line in lines)
    }
    assert f"user/dry: 8 files, {sum(map(len, named_in(data).values()))} bytes, none of them sent" == total
    assert "False" == loaded
    assert begun == len(pusher.hub.log)


def test_a_dropped_connection_is_tried_again(pusher: Pusher, data: Path) -> None:
    """One in the middle of a film, which the client itself repeats, and one in the commit, which it does not.

    And where another's commit comes first, ours is made again.
    """
    hub = pusher.hub
    hub.faults += [Fault("PUT /lfs/user/dropped/", DROP)]
    hub.faults += [Fault("POST .*/user/dropped/commit/", status) for status in (DROP, 412)]
    [ran] = pusher.several((data, "user/dropped"))

    assert (0, "") == (ran.status, ran.err)
    assert named_in(data) == hub.files("user/dropped")
    assert [DROP, *6 * [200]] == sorted(request.status for request in hub.asked("PUT /lfs/user/dropped/"))
    assert [DROP, 412, 200] == [request.status for request in hub.asked("POST .*/user/dropped/commit/")]


def test_too_many_requests_are_waited_for_as_long_as_the_hub_asks(pusher: Pusher, data: Path) -> None:
    """In either of the headers that it asks with; requests that the client itself repeats are among them."""
    hub, pattern = pusher.hub, "POST .*/user/limited/commit/"
    hub.faults += [
        Fault("POST .*/user/limited.git/info/lfs/objects/batch", 429, headers={"Retry-After": "0"}),
        Fault(pattern, 429, headers={"Retry-After": "1"}),
        Fault(pattern, 429, headers={"RateLimit": '"api";r=0;t=1'}),
    ]
    [ran] = pusher.several((data, "user/limited"))
    asked = hub.asked(pattern)

    assert (0, "") == (ran.status, ran.err)
    assert [429, 429, 200] == [request.status for request in asked]
    assert all(after.seconds - before.seconds > 1 for before, after in pairwise(asked))
    assert named_in(data) == hub.files("user/limited")


def test_a_wait_that_is_too_long_is_not_begun(pusher: Pusher, data: Path) -> None:
    pusher.hub.faults.append(Fault("POST .*/user/later/commit/", 429, headers={"Retry-After": "86400"}))
    said = complaint(pusher(data, "user/later"), 1)

    assert said.startswith("the Hub asks for fewer requests (429: as the test wants it); ")
    assert said.endswith("; the same command goes on from there, in 86400 seconds")
    assert 1 == len(pusher.hub.asked("POST .*/user/later/commit/"))


def test_a_hub_that_stays_down_ends_the_push_and_the_same_command_goes_on_from_there(
    pusher: Pusher, data: Path
) -> None:
    hub = pusher.hub
    hub.faults.append(Fault("POST .*/user/down/commit/", 503, times=len(WAITS) + 1))
    cut, ran = pusher.several(*2 * [(data, "user/down")])

    assert "the Hub failed (503: as the test wants it); the same command goes on from there" == complaint(cut, 1)
    assert (0, "") == (ran.status, ran.err)
    assert 6 == len(hub.asked("PUT /lfs/user/down/"))
    assert named_in(data) == hub.files("user/down")


def test_a_push_in_several_commits_ends_with_the_manifest_and_goes_on_where_it_was_cut_off(
    pusher: Pusher, data: Path
) -> None:
    hub = pusher.hub
    hub.faults.append(Fault("POST .*/user/cut/commit/", 503, times=len(WAITS) + 1, after=1))
    cut, ran = pusher.several(*2 * [(data, "user/cut")], batch=2)
    commits = hub.repos["user/cut"].branches["main"]

    complaint(cut, 1)
    assert ran.out.startswith(f"{hub.url}/datasets/user/cut: 6 of 8 files sent, ")
    assert [0, 2, 4, 6, 8] == [len(commit.files) - 1 for commit in commits]
    assert {"README.md", "manifest.json"} == commits[4].files.keys() - commits[3].files.keys()
    assert named_in(data) == hub.files("user/cut")


def test_card_and_manifest_stay_together_however_commits_are_cut(pusher: Pusher, data: Path) -> None:
    [ran] = pusher.several((data, "user/odd"), batch=7)
    commits = pusher.hub.repos["user/odd"].branches["main"]

    assert (0, "") == (ran.status, ran.err)
    assert [0, 1, 8] == [len(commit.files) - 1 for commit in commits]
    assert {"README.md", "manifest.json"} <= commits[2].files.keys() - commits[1].files.keys()


def test_a_data_set_that_changed_replaces_what_was_pushed_and_nothing_else(
    pusher: Pusher, data: Path, tmp_path: Path
) -> None:
    """A film fewer, a film and a card of the same length; a file that someone added on the Hub stays.

    The answer to its one commit is lost, and the second try finds everything done.
    """
    hub, folder = pusher.hub, tmp_path / "data"
    assert 0 == pusher(data, "user/changed").status
    branch = hub.repos["user/changed"].branches["main"]
    branch.append(Commit("by hand", {**branch[-1].files, "notes.txt": File(b"mine", False)}))
    shutil.copytree(data, folder)
    for name in ("README.md", NAMES[0]):
        (folder / name).write_bytes((folder / name).read_bytes()[:-1] + b"!")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = {name: sha256_of(folder / name) for name in manifest["files"] if name != NAMES[2]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    hub.faults.append(Fault("(GET|HEAD) .*/user/changed/resolve/main/manifest.json", 503))
    hub.faults.append(Fault("POST .*/user/changed/commit/main", LOST))
    begun = len(hub.log)
    ran = pusher(folder, "user/changed")

    assert (0, "") == (ran.status, ran.err)
    assert ": 3 of 7 files sent, " in ran.out
    assert " bytes, 1 of an earlier push removed; load_dataset" in ran.out
    assert named_in(folder) | {"notes.txt": b"mine"} == hub.files("user/changed")
    assert 1 == len(hub.asked("PUT", since=begun))
    assert [LOST] == [request.status for request in hub.asked("POST .*/commit/", since=begun)]


def test_a_private_push_makes_a_private_repo(pusher: Pusher, data: Path) -> None:
    ran = pusher.several(*2 * [(data, "user/secret", "--private")])

    assert [0, 0] == [one.status for one in ran]
    assert pusher.hub.repos["user/secret"].private
    assert named_in(data) == pusher.hub.files("user/secret")


def test_a_private_push_to_a_public_repo_is_refused_before_a_byte_leaves(
    first: Run, pusher: Pusher, data: Path, tmp_path: Path
) -> None:
    begun = len(pusher.hub.log)
    said = complaint(pusher(data, "user/mazes", "--private"), 2)

    assert "expected user/mazes to be private or not there, found it public: change that in its settings" == said
    assert [] == pusher.hub.asked("PUT|.*/(commit|batch|preupload)", since=begun)


def test_a_push_to_a_branch_makes_it_and_leaves_the_others_alone(first: Run, pusher: Pusher, data: Path) -> None:
    hub = pusher.hub
    new, main = (data, "user/branched", "--revision", "new/draft"), (data, "user/branched", "--revision", "main")
    begun, again, below = pusher.several(new, new, main)
    url = f"{hub.url}/datasets/user/branched/tree"
    how = 'load_dataset("user/branched", "maze", revision="new/draft")'

    assert begun.out.startswith(f"{url}/new%2Fdraft: 8 of 8 files sent, "), begun.err
    assert f"{url}/new%2Fdraft: nothing to send, all 8 files are there; {how}\n" == again.out
    assert below.out.startswith(f"{url}/main: 8 of 8 files sent, "), below.err
    assert [] == hub.asked(".*/branch/main")
    assert [2, 2] == [len(commits) for commits in hub.repos["user/branched"].branches.values()]
    assert named_in(data) == hub.files("user/branched", "new/draft") == hub.files("user/branched")


@pytest.mark.parametrize(("token", "source"), [("hf_wrong", "in HF_TOKEN"), ("", "of hf auth login")])
def test_a_token_that_the_hub_does_not_accept_is_named_by_where_it_is_from(
    token: str, source: str, pusher: Pusher, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("hf_wrong")
    said = complaint(pusher(data, "user/nobody", HF_HOME=str(tmp_path), HF_TOKEN=token), 2)
    page = f"{pusher.hub.url}/settings/tokens"

    assert said.startswith(f"the Hub does not accept the token {source} (401): make one that may write at {page}, then")
    assert "user/nobody" not in pusher.hub.repos


def test_a_token_that_may_only_read_is_told_so(pusher: Pusher, data: Path) -> None:
    [ran] = pusher.several((data, "user/others"), token=READER)

    assert (
        "the token in HF_TOKEN may not write to user/others (403): You don't have the rights to create a dataset"
        " under the namespace user"
    ) == complaint(ran, 2)


def test_without_a_token_no_one_is_contacted(pusher: Pusher, data: Path, tmp_path: Path) -> None:
    begun = len(pusher.hub.log)
    for token, said in (("", "found none"), ("hf_…", "got signs that none has in the one in HF_TOKEN")):
        [ran] = pusher.several((data, "user/nobody"), token=token, HF_HOME=str(tmp_path))

        assert (2, "") == (ran.status, ran.out)
        assert f"puzzlereel: expected a token of the Hub, {said}: set HF_TOKEN, or run: hf auth login\n" == ran.err
    assert begun == len(pusher.hub.log)


def test_whatever_else_the_hub_refuses_is_one_line(pusher: Pusher, data: Path) -> None:
    cases = (
        ("GET .*/user/odd0/tree/", 404, "the Hub knows no user/odd0 that the token in HF_TOKEN may see (404): as the"),
        ("POST .*/user/odd1/commit/", 402, "the Hub refused to take user/odd1 (402): as the test wants it"),
        ("POST /api/validate-yaml", 400, "the Hub's client refused to push to user/odd2: Invalid metadata in README"),
        ("POST /api/repos/create", 200, "the Hub's client refused to push to user/odd3: 'url'"),
        ("PUT /lfs/user/odd4/", 403, "the token in HF_TOKEN may not write to user/odd4 (403): "),
    )
    for number, (pattern, status, _) in enumerate(cases):
        pusher.hub.faults.append(Fault(pattern, status, after={2: 1, 3: 3}.get(number, 0)))
    pushes = pusher.several(*((data, f"user/odd{number}") for number in range(len(cases))))

    for (_, _, said), ran in zip(cases, pushes, strict=True):
        assert complaint(ran, 2).startswith(said)


def test_no_way_to_the_hub_at_all_is_a_failure_that_can_be_gone_on_from(pusher: Pusher, data: Path) -> None:
    [ran] = pusher.several((data, "user/far"), HF_ENDPOINT="http://127.0.0.1:9")
    told = r"the connection to http://127.0.0.1:9 failed \(.+\); the same command goes on from there"

    assert re.fullmatch(told, complaint(ran, 1))


def test_an_offline_client_is_not_waited_for(pusher: Pusher, data: Path) -> None:
    assert "offline mode is enabled" in complaint(pusher(data, "user/far", HF_HUB_OFFLINE="1"), 1)


def test_what_is_behind_an_error_of_the_client_decides_what_is_said_and_whether_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    answer: Any = SimpleNamespace(headers={}, request=None, status_code=403)
    monkeypatch.setattr(answers, "WAITS", (0.0, 0.0))
    for outer, inner, said, tries in (
        (
            RuntimeError("in a thread"),
            HfHubHTTPError("no", response=answer),
            "may not write to user/name \\(403\\): no",
            1,
        ),
        (LocalEntryNotFoundError("none"), HfHubHTTPError("no", response=answer), "may not write .* \\(403\\): no", 1),
        (RuntimeError("in a thread"), ConnectionError("cut"), r"the connection to http://hub failed \(cut\)", 3),
        (RuntimeError("in a thread"), OfflineModeIsEnabled("off"), r"the connection to http://hub failed \(off\)", 1),
    ):
        tried: list[int] = []

        def fail(outer: Exception = outer, inner: Exception = inner, tried: list[int] = tried) -> None:
            tried.append(1)
            raise outer from inner

        with pytest.raises(PuzzlereelError, match=said), sentences("user/name", "http://hub", WRITER, "in HF_TOKEN"):
            patiently(fail)

        assert tries == len(tried)


def test_the_token_is_in_no_sentence_not_even_where_the_hub_repeats_it() -> None:
    for error in (ValueError, RuntimeError):
        with (
            pytest.raises((CannotPush, PushStopped)) as told,
            sentences("user/name", "http://hub", WRITER, "in HF_TOKEN"),
        ):
            raise error(f"Illegal header value Bearer {WRITER}")

        assert "Illegal header value Bearer ***" in str(told.value)


def test_without_the_hub_extra_the_command_says_how_to_get_it(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)

    assert "expected the hub extra: pip install 'puzzlereel[hub]'" == refused("push", data, "user/name")


@pytest.mark.parametrize(
    "repo",
    [
        "mazes",
        "user/",
        "a/b/c",
        "user/..",
        "user/-x",
        "user/a--b",
        "user/a b",
        "user/a.git",
        "user/a\n",
        "user/" + 97 * "x",
    ],
)
def test_a_name_that_no_repo_has_is_refused(repo: str, data: Path) -> None:
    with pytest.raises(
        CannotPush, match=r"expected the name of a repo like user/name, got|expected at most 96 letters"
    ):
        check_target(repo)

    assert "a repo" in refused("push", data, repo, "--dry-run")


def test_a_push_without_a_folder_or_a_name_is_told_what_is_missing() -> None:
    assert "DIR" in refused("push")
    assert "USER/NAME" in refused("push", "data")


@pytest.mark.parametrize("branch", ["", "-x", "a..b", "refs/pr/1", "a b", ".hidden", "a/", "main\n"])
def test_a_name_that_no_branch_has_is_refused(branch: str) -> None:
    with pytest.raises(CannotPush, match="expected the name of a branch like draft, got"):
        check_target("user/name", branch)


def test_names_that_the_hub_allows_are_taken() -> None:
    for repo, branch in (
        ("user/name", None),
        ("Us-er.1/a", "main"),
        ("u/my_mazes-v1.0", "feature/x-1"),
        ("u/" + 96 * "x", "v1.0"),
    ):
        check_target(repo, branch)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("manifest.json", None, r"expected a data set with a manifest\.json, found none"),
        (NAMES[1], None, "expected a finished data set, found no file .*maze-easy-test-1.mp4"),
        (NAMES[1], b"damaged", r"expected the file that manifest\.json has the SHA-256 of, got another in .*-1\.mp4"),
        ("README.md", b"other words", r"expected the file that manifest\.json has the SHA-256 of, got another in"),
    ],
)
def test_a_folder_that_is_no_finished_data_set_is_refused_before_a_byte_leaves(
    name: str, content: bytes | None, said: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)

    assert re.search(said, refused("push", folder, "user/name"))
    assert re.search(said, refused("push", folder, "user/name", "--dry-run"))


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/passwd", "maze/../../outside", ".git/config", "a\\b", "C:/a", "a//b", ""]
)
def test_a_manifest_that_names_files_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"secret")
    folder = tmp_path / "data"
    folder.mkdir()
    manifest = {"benchmark_version": "0", "parts": [], "files": {name: sha256_of(tmp_path / "outside")}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BadDataset, match="expected names of files inside the folder, got"):
        files_of(folder)


def test_more_files_than_the_hub_takes_are_refused_with_a_way_out(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = "puzzlereel export --layout parquet puts the films into few files"
    monkeypatch.setattr(pushing, "MOST_IN_FOLDER", 3)
    monkeypatch.setattr(pushing, "MOST_IN_REPO", 8)

    done("push", data, "user/name", "--dry-run")
    monkeypatch.setattr(pushing, "MOST_IN_REPO", 7)
    assert f"expected at most 7 files a repo, got 8: {out}" == refused("push", data, "user/name", "--dry-run")
    monkeypatch.setattr(pushing, "MOST_IN_FOLDER", 2)
    assert f"expected at most 2 files a folder, got 3 in maze/test/videos: {out}" == refused("push", data, "user/name")


def test_the_card_and_the_manifest_are_pushed_last(data: Path) -> None:
    assert ["card/levels.png", "card/moves.png", *NAMES, "README.md", "manifest.json"] == [
        file.name for file in files_of(data) if file.name != "maze/test/metadata.parquet"
    ]
    assert 'load_dataset("user/name", "maze")' == how_to_load(data, "user/name")
    assert 3 == len(open_dataset(data).rows)
