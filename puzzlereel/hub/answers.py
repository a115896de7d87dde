"""What the Hub answers when it does not do what was asked: what passes is waited for, the rest becomes one sentence.

    408 409 412 425 429 5xx, no connection     tried again after WAITS, or as long as the Hub asks; then PushStopped
    401 403 404 and whatever else              CannotPush at once

The Hub's own client tries each request of an upload again, too, five times and for some 25 seconds; the waits here come
around that, and around the requests that it makes only once. No sentence holds the token.
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from puzzlereel.puzzles.core import PuzzlereelError

Result = TypeVar("Result")

WAITS = (1.0, 4.0, 16.0)
"""Seconds before each further try."""
LONGEST_WAIT = 900.0
"""Seconds; whoever is asked to wait longer comes back later."""
PASSING = {408, 409, 412, 425, 429, 500, 502, 503, 504}
"""Statuses that another try may not meet again; 409 and 412 tell of a commit by someone else."""
TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
LOG_IN = "set HF_TOKEN, or run: hf auth login"
GO_ON = "the same command goes on from there"


class CannotPush(PuzzlereelError):
    """A push that would end in the same way again: a wrong name, a folder that is too large, a token without rights."""


class PushStopped(PuzzlereelError):
    """The Hub or the way to it failed for longer than was waited."""


def token_and_source() -> tuple[str, str]:
    """The token that the Hub's client would use, and where it is from; CannotPush where there is none to use."""
    try:
        from huggingface_hub import get_token
    except ImportError:
        raise CannotPush("expected the hub extra: pip install 'puzzlereel[hub]'") from None
    token = get_token()
    if not token:
        raise CannotPush(f"expected a token of the Hub, found none: {LOG_IN}")
    source = next((f"in {name}" for name in TOKENS if os.environ.get(name)), "of hf auth login")
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise CannotPush(f"expected a token of the Hub, got signs that none has in the one {source}: {LOG_IN}")
    return token, source


def patiently(call: Callable[[], Result]) -> Result:
    """What a call gives that may be made again, tried again while what stops it may pass."""
    for wait in (*WAITS, None):
        try:
            return call()
        except _troubles() as trouble:
            asked = _asked_wait(trouble)
            if wait is None or asked > LONGEST_WAIT or not _passes(trouble):
                raise
            time.sleep(max(wait, asked))
    raise AssertionError("the last try returns or raises")


@contextmanager
def sentences(repo: str, endpoint: str, token: str, source: str) -> Iterator[None]:
    """Whatever the Hub's client raises inside, as CannotPush or PushStopped with one sentence that says what to do."""
    try:
        yield
    except _troubles() as trouble:
        said = _said(_cause(trouble), token)
        raise _refusal(trouble, said, repo, endpoint, source) from None
    except (ValueError, KeyError) as error:  # a card that the Hub refuses, or an answer that the client cannot read
        raise CannotPush(f"the Hub's client refused to push to {repo}: {_said(error, token)}") from None


def _refusal(trouble: Exception, said: str, repo: str, endpoint: str, source: str) -> PuzzlereelError:
    """What to raise for a trouble that did not pass."""
    match status := _status(trouble):
        case None:
            return PushStopped(f"the connection to {endpoint} failed ({said}); {GO_ON}")
        case 401:
            return CannotPush(
                f"the Hub does not accept the token {source} (401): make one that may write at"
                f" {endpoint}/settings/tokens, then {LOG_IN}"
            )
        case 403:
            return CannotPush(f"the token {source} may not write to {repo} (403): {said}")
        case 404:
            return CannotPush(f"the Hub knows no {repo} that the token {source} may see (404): {said}")
        case 429:
            later = f"in {asked:.0f} seconds" if (asked := _asked_wait(trouble)) else "later"
            return PushStopped(f"the Hub asks for fewer requests (429: {said}); {GO_ON}, {later}")
        case _ if status in PASSING:
            return PushStopped(f"the Hub failed ({status}: {said}); {GO_ON}")
    return CannotPush(f"the Hub refused to take {repo} ({status}): {said}")


def _troubles() -> tuple[type[Exception], ...]:
    """What the Hub's client raises for what the Hub or the network does; the class of its HTTP library is a base."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    http_error: type[Exception] = HfHubHTTPError.__bases__[0]
    return (http_error, ConnectionError, TimeoutError, RuntimeError, LocalEntryNotFoundError, json.JSONDecodeError)


def _cause(trouble: BaseException) -> BaseException:
    """What is behind a trouble that the client tells of as a RuntimeError of its thread, or as a missing file."""
    while isinstance(trouble, RuntimeError | FileNotFoundError) and trouble.__cause__:
        trouble = trouble.__cause__
    return trouble


def _status(trouble: BaseException) -> int | None:
    """The status of the Hub's answer, where there was one."""
    status = getattr(getattr(_cause(trouble), "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _passes(trouble: BaseException) -> bool:
    """Whether another try may end otherwise."""
    from huggingface_hub.errors import OfflineModeIsEnabled

    status = _status(trouble)
    return not isinstance(_cause(trouble), OfflineModeIsEnabled) if status is None else status in PASSING


def _asked_wait(trouble: BaseException) -> float:
    """The seconds that the Hub asks to wait, in either of its headers; 0 where it asks for none."""
    headers = getattr(getattr(_cause(trouble), "response", None), "headers", {})
    after = re.fullmatch(r"\s*(\d{1,9})\s*", headers.get("Retry-After", ""))
    spent = re.search(r"\br=0\s*;\s*t=(\d{1,9})", headers.get("RateLimit", ""))
    return max((float(found[1]) for found in (after, spent) if found), default=0.0)


def _said(error: BaseException, token: str) -> str:
    """The Hub's own words, or the error's, as part of one line and without the token."""
    words = getattr(error, "server_message", None) or str(error) or type(error).__name__
    return " ".join(str(words).replace(token, "***").split())[:200]
