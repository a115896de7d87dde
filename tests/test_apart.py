"""Films that hang, crash or starve their judge, files of every kind, and files whose bytes were changed."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from errno import ENOSPC
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from apart_calls import die_once, double, misbehave, misjudge, nap, total, who
from odd_files import CODECS, MUTATIONS, mutants, write_any, write_films, write_sound
from PIL import Image
from test_cli import run

from puzzlereel.hub.dataset import sha256_of
from puzzlereel.leaderboard.judging import FAILED, KILLED, Task, judged
from puzzlereel.puzzles import maze
from puzzlereel.puzzles.core import PuzzlereelError, Reason, Trajectory
from puzzlereel.renderers.film import Timing, Video, film
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.video import BadVideo, Told, frames_of, told_by
from puzzlereel.verifiers import apart, children
from puzzlereel.verifiers.apart import Film, judge_apart
from puzzlereel.verifiers.children import WINDOW, Children, How, Limits, Lost
from puzzlereel.verifiers.judge import judge_file

posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")
HALL = maze.parse("#####\n#@ G#\n#####")
WAY = Trajectory(HALL, ("R", "R"))


@pytest.fixture(scope="module")
def video() -> Video:
    """An honest film of the hall, as small as one can be."""
    return film(WAY, skin_of("maze"), timing=Timing(frames=9), style="slide", canvas=Canvas(48, 80))


# Processes


@posix
def test_whatever_a_call_does_costs_its_own_item_only() -> None:
    items = ["a", "sleep", "segfault", "b", "exit", "abort", "kill", "eat 3000000000", "raise", "recurse", "c"]
    with Children(2, Limits(seconds=3.0, memory=2**31)) as pool:
        got = [answer.sentence if isinstance(answer, Lost) else answer for _, answer in pool.answers(misbehave, items)]

    died = "it ended the process that judged it, twice, with"
    assert [
        "a",
        "judging it took longer than 3 seconds",
        f"{died} signal SIGSEGV",
        "b",
        f"{died} exit status 3",
        f"{died} signal SIGABRT",
        f"{died} signal SIGKILL",
        "judging it takes more memory than allowed",
        "the judge failed with ZeroDivisionError: a bug",
        "the judge failed with RecursionError: maximum recursion depth exceeded while calling a Python object",
        "c",
    ] == [*got[:9], got[9][: got[9].index("exceeded")] + "exceeded while calling a Python object", got[10]]


@posix
def test_an_item_whose_child_died_by_chance_is_answered_by_the_next(tmp_path: Path) -> None:
    items = [tmp_path / name for name in ("a", "b.deadly", "c", "d", "e.deadly", "f")]
    with Children(2) as pool:
        assert list("abcdef") == [answer for _, answer in pool.answers(die_once, items)]


@pytest.mark.parametrize("workers", [1, 3])
def test_answers_come_in_the_order_of_the_items_or_as_they_are_there(workers: int) -> None:
    naps = [0.3, 0.0, 0.05, 0.0, 0.1, 0.0]
    with Children(workers) as pool:
        assert naps == [answer for _, answer in pool.answers(nap, naps)]
        as_they_come = [item for item, _ in pool.answers(nap, naps, ordered=False)]

    assert sorted(naps) == sorted(as_they_come)
    assert (workers == 1) == (naps == as_they_come)


def test_each_item_has_its_own_time() -> None:
    naps = [0.9, 0.8, 0.7]
    with Children(1, Limits(seconds=1.3)) as pool:
        assert naps == [answer for _, answer in pool.answers(nap, naps)]


def test_few_items_are_taken_ahead_even_while_the_first_keeps_all_others_waiting() -> None:
    taken: list[float] = []

    def items() -> Iterator[float]:
        for seconds in [0.5, *[0.0] * 99]:
            taken.append(seconds)
            yield seconds

    with Children(2) as pool:
        answers = pool.answers(nap, items())
        busy = time.process_time()
        next(answers)
        busy, ahead = time.process_time() - busy, len(taken)

        assert 99 == len(list(answers))
    assert 4 <= ahead <= 2 * WINDOW
    assert busy < 0.2


def test_processes_are_kept_from_batch_to_batch_and_end_with_their_pool() -> None:
    with Children(1) as pool:
        first, second = ({answer for _, answer in pool.answers(who, range(5))} for _ in range(2))

    assert first == second != {os.getpid()}
    assert 1 == len(first)
    with pytest.raises(ProcessLookupError):
        os.kill(int(str(next(iter(first)))), 0)


def test_a_batch_that_is_left_early_leaves_nothing_behind_for_the_next() -> None:
    with Children(2) as pool:
        with closing(pool.answers(double, range(1000))) as answers:
            assert (0, 0) == next(answers)
        assert [(n, 2 * n) for n in range(7, 20)] == list(pool.answers(double, range(7, 20)))


def test_a_batch_waits_for_the_one_before() -> None:
    with Children(2) as pool:
        answers = pool.answers(double, range(9))
        next(answers)
        with pytest.raises(PuzzlereelError, match="one batch at a time"):
            next(pool.answers(double, range(9)))

        assert 8 == len(list(answers))


def test_what_cannot_be_sent_is_lost_alone() -> None:
    with Children(2) as pool:
        odd: list[Any] = [1, lambda: 2, 3]
        one, two, three = (answer for _, answer in pool.answers(double, odd))

    assert (2, 6) == (one, three)
    assert isinstance(two, Lost)
    assert How.FAILED is two.how


@pytest.mark.parametrize("shared", [True, False])
def test_arrays_arrive_as_they_were_sent(shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shared:
        monkeypatch.setattr(children, "slabs", list)
    rng = np.random.default_rng(5)
    arrays = [rng.integers(0, 256, (size, 30, 100, 3), np.uint8) for size in (1, 400, 0, 399, 3, 2, 900, 500, 7)]
    arrays += [arrays[1][::2, ::-1], np.asfortranarray(arrays[3])]
    with Children(1) as pool:
        assert [(int(a.sum(dtype=int)), a.shape) for a in arrays] == [got for _, got in pool.answers(total, arrays)]


def test_an_item_that_shared_memory_has_no_room_for_is_lost_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    put = children.Slab.put

    def full(slab: children.Slab, buffers: list[memoryview]) -> list[int]:
        if sum(len(buffer) for buffer in buffers) > 10_000:
            raise OSError(ENOSPC, "no space left on device")
        return put(slab, buffers)

    monkeypatch.setattr(children.Slab, "put", full)
    arrays = [np.ones((size, 10, 3), np.uint8) for size in (5, 4000, 6, 4000, 4000, 4000, 7)]
    with Children(1) as pool:
        got = [answer.how if isinstance(answer, Lost) else answer[0] for _, answer in pool.answers(total, arrays)]

    assert [150, How.MEMORY, 180, How.MEMORY, How.MEMORY, How.MEMORY, 210] == got


def test_a_pool_without_workers_is_refused() -> None:
    with pytest.raises(PuzzlereelError, match="at least 1 worker, got 0"):
        Children(0)


ORPHANS = """
import signal
import sys
from pathlib import Path
from apart_calls import misbehave
from puzzlereel.verifiers.children import Children

def begin(how):
    Path(sys.argv[1]).joinpath(how).touch()
    return misbehave(how)

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # who was started in the background ignores it
    with Children(2) as pool:
        list(pool.answers(begin, ["spin 1", "sleep 2"]))
"""


@posix
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_processes_end_when_their_command_is_killed_or_interrupted(tmp_path: Path, how: signal.Signals) -> None:
    (tmp_path / "marks").mkdir()
    (tmp_path / "orphans.py").write_text(ORPHANS)
    command = [sys.executable, str(tmp_path / "orphans.py"), str(tmp_path / "marks")]
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    with subprocess.Popen(
        command,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path},
    ) as process:
        end = time.monotonic() + 60
        while len(list((tmp_path / "marks").iterdir())) < 2 and time.monotonic() < end:
            time.sleep(0.02)
        if how is signal.SIGKILL:
            process.kill()
        else:
            os.killpg(process.pid, how)
        _, said = process.communicate(timeout=20)  # the pipes are closed when the last of them has ended

    assert (how is signal.SIGINT) == said.count(b"KeyboardInterrupt\n")
    assert 2 == len(list((tmp_path / "marks").iterdir()))


# Files


def judge_files(files: Mapping[str, Path], *, seconds: float = 20.0) -> dict[str, dict[str, Any]]:
    """The verdict on each file as a film of the hall, without its reward."""
    hashes = {name: sha256_of(path) if path.is_file() else "" for name, path in files.items()}
    tasks = [Task(name, path, "maze", str(HALL), "classic", "RR", hashes[name]) for name, path in files.items()]
    found = judged(tasks, 2, limits=Limits(seconds=seconds))
    return {task.id: {name: one for name, one in verdict.items() if name != "reward"} for task, verdict in found}


def jpeg(height: int, width: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "jpeg")
    return file.getvalue()


def write_pictures(path: Path, pictures: list[bytes]) -> None:
    """A film whose frames are pictures of any size."""
    with av.open(str(path), "w", format="matroska") as container:
        stream: Any = container.add_stream("mjpeg", rate=8)
        stream.height, stream.width, stream.pix_fmt = 48, 80, "yuvj420p"
        container.start_encoding()
        for t, picture in enumerate(pictures):
            packet = av.Packet(picture)
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, t, t, Fraction(1, 8)
            packet.is_keyframe = True
            container.mux(packet)


def giant(side: int) -> bytes:
    """A picture that says it is large, in few bytes."""
    screen = side.to_bytes(2, "little") * 2
    return b"GIF89a" + screen + b"\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0" + screen + b"\0\x02\x02D\x01\0;"


ODD: dict[str, tuple[Reason | None, str]] = {
    "film.mp4": (None, ""),
    "film.webm": (None, ""),
    "film.avi": (None, ""),
    "a webm called.mp4": (None, ""),
    "crypto:colons.mp4": (None, ""),
    "link.mp4": (None, ""),
    "empty.mp4": (Reason.UNREADABLE, "does not decode"),
    "text.mp4": (Reason.UNREADABLE, "does not decode"),
    "zeros.mp4": (Reason.UNREADABLE, "does not decode"),
    "cut.mp4": (Reason.UNREADABLE, "the film has no frames"),
    "cut.webm": (Reason.UNSOLVED, ""),
    "picture.mp4": (Reason.UNREADABLE, "does not decode"),
    "playlist.mp4": (Reason.UNREADABLE, "does not decode"),
    "concat.mp4": (Reason.UNREADABLE, "does not decode"),
    "sound.mp4": (Reason.UNREADABLE, "expected a video stream, found none"),
    "no frames.mkv": (Reason.UNREADABLE, "does not decode"),
    "giant.gif": (Reason.UNREADABLE, "expected at most 2088960 pixels a frame, got none or far more"),
    "bomb.mp4": (Reason.UNREADABLE, "expected at most 2088960 pixels a frame, got 4096x4096"),
    "growing.mkv": (Reason.UNREADABLE, "frames of one size"),
    "bursting.mkv": (Reason.UNREADABLE, ""),
    "an hour.mp4": (Reason.UNREADABLE, "expected up to 1200 frames"),
    "fifo.mp4": (Reason.UNREADABLE, "expected a video file, found none"),
    "link to a fifo.mp4": (Reason.UNREADABLE, "expected a video file, found none"),
    "device.mp4": (Reason.UNREADABLE, "expected a video file, found none"),
    "folder.mp4": (Reason.UNREADABLE, "expected a video file, found none"),
    "loop.mp4": (Reason.UNREADABLE, "expected a video file, found none"),
    "nothing.mp4": (Reason.UNREADABLE, "expected a video file, found none"),
}
"""Files, and what is found of them: the reason of the first fault, none for a film that is right, and what it says."""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, video: Video) -> Path:
    """A folder with all of them."""
    folder = tmp_path_factory.mktemp("odd")
    films = write_films(folder, video)
    contents = {
        "a webm called.mp4": films["webm"],
        "crypto:colons.mp4": films["mp4"],
        "empty.mp4": b"",
        "text.mp4": b"This is no film.\n" * 200,
        "zeros.mp4": bytes(5000),
        "cut.mp4": films["mp4"][:-200],
        "cut.webm": films["webm"][:-300],
        "playlist.mp4": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfilm.mp4\n#EXT-X-ENDLIST\n",
        "concat.mp4": b"ffconcat version 1.0\nfile film.mp4\n",
        "giant.gif": giant(12000),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    Image.new("RGB", (80, 48)).save(folder / "picture.mp4", "png")
    write_sound(folder / "sound.mp4")
    write_any(folder / "bomb.mp4", np.zeros((1, 4096, 4096, 3), np.uint8), "libx264")
    write_any(folder / "an hour.mp4", np.broadcast_to(video[0, 16:32, 16:32], (3600, 16, 16, 3)), "mpeg4", fps=1)
    write_pictures(folder / "no frames.mkv", [])
    write_pictures(folder / "growing.mkv", [jpeg(48, 80), jpeg(48, 80), jpeg(96, 160)])
    write_pictures(folder / "bursting.mkv", [jpeg(48, 80), jpeg(9000, 9000)])
    (folder / "link.mp4").symlink_to("film.mp4")
    (folder / "loop.mp4").symlink_to("loop.mp4")
    (folder / "device.mp4").symlink_to("/dev/zero")
    (folder / "link to a fifo.mp4").symlink_to("fifo.mp4")
    (folder / "folder.mp4").mkdir()
    os.mkfifo(folder / "fifo.mp4")
    return folder


@pytest.fixture(scope="module")
def found(odd: Path) -> dict[str, dict[str, Any]]:
    """What the judge finds of each."""
    return judge_files({name: odd / name for name in ODD})


@posix
@pytest.mark.parametrize("name", ODD)
def test_every_kind_of_file_gets_its_verdict(name: str, found: dict[str, dict[str, Any]]) -> None:
    reason, said = ODD[name]
    fault = found[name]["fault"]

    assert (reason and reason.name.lower()) == (fault and fault["reason"]), fault
    assert (reason is None) == found[name]["success"]
    assert fault is None or (said in fault["detail"] and not fault["detail"].startswith((FAILED, KILLED)))


@posix
def test_a_film_is_read_in_this_process_as_it_is_in_others(odd: Path, found: dict[str, dict[str, Any]]) -> None:
    for name in ODD:
        told = {key: value for key, value in found[name].items() if key != "reading"}

        assert judge_file(odd / name, "maze", str(HALL), "classic", "RR").json() == told, name


def test_a_film_whose_codec_is_not_known_is_refused(tmp_path: Path, video: Video) -> None:
    data = write_films(tmp_path, video)["mp4"]
    (tmp_path / "a.mp4").write_bytes(data.replace(b"avc1", b"nope").replace(b"avcC", b"nopC"))

    for read in (told_by, lambda path: list(frames_of(path))):
        with pytest.raises(BadVideo, match=r"^expected a video stream of a known codec, found another in a\.mp4$"):
            read(tmp_path / "a.mp4")


FUZZED = 600


def test_no_change_of_bytes_keeps_a_film_from_its_verdict(tmp_path: Path, video: Video) -> None:
    """Nor does any of them end the service, take longer than a film may, or show as an error of the judge."""
    changed = dict(mutants(write_films(tmp_path, video), FUZZED, "fuzz/1"))
    for name, content in changed.items():
        (tmp_path / name).write_bytes(content)
    files = {name: tmp_path / name for name in changed}
    found = judge_files(files | {"honest": tmp_path / "film.mp4"})
    failed = {name: verdict["fault"]["detail"] for name, verdict in found.items() if verdict["fault"]}

    assert {*files, "honest"} == set(found)
    assert {} == {name: said for name, said in failed.items() if said.startswith((FAILED, KILLED))}
    assert found["honest"]["success"]
    # Were they changed so much or so little that all end the same, nothing would have been tried.
    assert FUZZED / 10 < sum(verdict["judged"] for verdict in found.values()) < FUZZED * 9 / 10
    assert len(MUTATIONS) * len(CODECS) == len({name.partition("-")[2] for name in changed})


def test_no_change_of_bytes_is_an_error_to_whoever_asks_what_a_film_says_of_itself(
    tmp_path: Path, video: Video
) -> None:
    paths = []
    for name, content in mutants(write_films(tmp_path, video), 300, "fuzz/2"):
        paths.append(tmp_path / name)
        paths[-1].write_bytes(content)
    with Children(2) as pool:
        answers = [answer for _, answer in pool.answers(told_by, paths)]

    assert {How.REFUSED} == {answer.how for answer in answers if isinstance(answer, Lost)}
    assert 100 < sum(isinstance(answer, Told) for answer in answers) < 300


# One film


@pytest.mark.parametrize(
    ("how", "said"), [("sleep", "longer than 2 seconds"), ("segfault", "signal SIGSEGV"), ("eat 3000000000", "memory")]
)
@posix
def test_a_file_that_hangs_crashes_or_starves_its_judge_could_not_be_judged(
    how: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "judge_film", misjudge)
    verdict = judge_apart(Film(Path(how), HALL, skin_of("maze")), limits=Limits(seconds=2.0, memory=2**31))

    assert not verdict.judged
    assert verdict.fault is not None
    assert said in verdict.fault.detail


def test_a_judge_that_fails_on_a_file_says_so_and_gives_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "judge_film", misjudge)
    with pytest.raises(PuzzlereelError, match=r"^the judge failed with ZeroDivisionError: a bug$"):
        judge_apart(Film(Path("raise"), HALL, skin_of("maze")))


def test_a_verdict_from_another_process_is_the_same(tmp_path: Path, video: Video) -> None:
    write_any(tmp_path / "film.mp4", video, "libx264")
    verdict = judge_apart(Film(tmp_path / "film.mp4", HALL, skin_of("maze"), WAY))

    assert judge_file(tmp_path / "film.mp4", "maze", str(HALL), "classic", "RR") == verdict
    assert verdict.success


@posix
def test_verify_ends_with_status_1_for_what_could_not_be_judged_and_2_for_what_is_no_film(
    odd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hall.txt").write_text(str(HALL))
    level = ("--level", tmp_path / "hall.txt", "--puzzle", "maze")

    assert 0 == run("verify", odd / "film.mp4", *level).status
    for name in ("fifo.mp4", "device.mp4", "nothing.mp4", "giant.gif", "picture.mp4", "an hour.mp4"):
        ended = run("verify", odd / name, *level)

        assert (2, "") == (ended.status, ended.out)
        assert ODD[name][1] in ended.err
    monkeypatch.setattr(apart, "judge_film", misjudge)
    ended = run("verify", "exit", *level, "--json")

    assert (1, "") == (ended.status, ended.err)
    assert "twice, with exit status 3" in json.loads(ended.out)["fault"]["sentence"]
    assert "could not be judged" == run("verify", "exit", *level).out.splitlines()[0]


def test_a_name_that_only_looks_like_an_address_is_a_file(
    tmp_path: Path, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_any(tmp_path / "film.mp4", video, "libx264")
    path = Path("subfile,,start,0,end,0,,:film.mp4")
    path.write_bytes((tmp_path / "film.mp4").read_bytes())

    for one, other in zip(frames_of(path), video, strict=True):
        assert one.shape == other.shape


def test_frames_are_the_pixels_that_the_converter_gives_each_in_memory_of_its_own(tmp_path: Path, video: Video) -> None:
    write_any(tmp_path / "film.mp4", video, "libx264")
    with av.open(str(tmp_path / "film.mp4")) as container:
        wanted = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]

    assert np.array_equal(wanted, list(frames_of(tmp_path / "film.mp4")))
