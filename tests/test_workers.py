"""Work spread over processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from puzzlereel.workers import spread


def double(number: int) -> int:
    return 2 * number


def stumble(number: int) -> int:
    if number == 3:
        raise ZeroDivisionError("three")
    return number


def die(path: Path) -> int:
    """Kill the worker that is given a file whose name says so."""
    if path.name == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    return len(path.name)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_item_comes_back_with_its_own_result(workers: int) -> None:
    assert {n: 2 * n for n in range(9)} == dict(spread(double, range(9), workers))


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_call_raises_is_raised(workers: int) -> None:
    with pytest.raises(ZeroDivisionError, match="three"):
        list(spread(stumble, [0, 1, 3], workers))


def test_an_item_that_kills_its_worker_twice_is_none_and_the_others_are_there() -> None:
    items = [Path(name) for name in ("a", "deadly", "bb", "ccc")]

    assert {"a": 1, "deadly": None, "bb": 2, "ccc": 3} == {path.name: n for path, n in spread(die, items, 2)}


def test_nothing_to_do_starts_no_worker() -> None:
    assert [] == list(spread(double, [], 2))


ORPHANS = """
import sys, time
from pathlib import Path
from puzzlereel.workers import spread

def wait(number):
    Path(sys.argv[0] + f".{number}").touch()
    time.sleep(60)

if __name__ == "__main__":
    list(spread(wait, range(2), 2))
"""


@pytest.mark.skipif(os.name != "posix", reason="sessions are POSIX")
def test_workers_end_when_their_command_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS)
    with subprocess.Popen([sys.executable, script], start_new_session=True, stdout=subprocess.PIPE) as command:
        end = time.monotonic() + 60
        while len(list(tmp_path.iterdir())) < 3 and time.monotonic() < end:
            time.sleep(0.02)
        command.kill()
        command.communicate(timeout=20)  # the pipe is closed when the last of them has ended

    assert len(list(tmp_path.iterdir())) >= 3
