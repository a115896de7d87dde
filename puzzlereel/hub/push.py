"""Push a data set to the Hugging Face Hub: what its manifest names, in commits that can be gone on with.

    manifest.json ──names──► files there, each with its SHA-256 ──less those that the repo has──► commits of BATCH files
                                                                  README.md and manifest.json stand in the last of them

Nothing is sent before all of this folder has been checked. A push that was cut off has left the repo without the new
manifest, and the same command sends what is missing: the films of a commit that was begun are not sent twice either,
since the Hub knows large files by their SHA-256. With that manifest go the files that an earlier push had left there
and that the data set no longer has.
"""

import hashlib
import logging
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from puzzlereel import __version__
from puzzlereel.hub.answers import CannotPush, patiently, sentences, token_and_source
from puzzlereel.hub.dataset import MANIFEST, PARTS, BadDataset, Progress, read_manifest, sha256_of

CARD = "README.md"
BATCH = 1000
"""The files of one commit; the Hub takes 128 commits an hour, so that 100,000 files fit into one."""
MOST_IN_FOLDER, MOST_IN_REPO = 10_000, 100_000
"""How many files the Hub is made for."""
WORD = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?"
"""What is neither hidden nor leads elsewhere, as the name of a file, a repo or a branch."""
FILE = re.compile(rf"{WORD}(?:/{WORD})*", re.ASCII)
REPO = re.compile(rf"{WORD}/{WORD}", re.ASCII)


class File(NamedTuple):
    """One file that is to be pushed."""

    name: str
    """Its path in the folder, and in the repo."""
    size: int
    sha256: str


class Pushed(NamedTuple):
    """What a push came to."""

    url: str
    files: int
    """All that the repo has of the data set now."""
    sent: tuple[File, ...]
    removed: tuple[str, ...]
    """Files of an earlier push that are no part of the data set any more."""


def check_target(repo: str, branch: str | None = None) -> None:
    """CannotPush where no repo of the Hub, or no branch of one, could have such a name."""
    if not REPO.fullmatch(repo) or any(sign in repo for sign in ("--", "..")) or repo.endswith(".git"):
        raise CannotPush(f"expected the name of a repo like user/name, got {repo[:100]!r}")
    if len(repo.split("/")[1]) > 96:
        raise CannotPush(f"expected at most 96 letters in the name of a repo, got {len(repo.split('/')[1])}")
    if branch is not None and (not FILE.fullmatch(branch) or ".." in branch or branch.startswith("refs/")):
        raise CannotPush(f"expected the name of a branch like draft, got {branch[:100]!r}")


def files_of(folder: Path) -> list[File]:
    """The files of a finished data set, card and manifest last, in the order in which they are pushed.

    BadDataset where one is missing or is not what the manifest says; CannotPush where they are more than the Hub takes.
    """
    digests = read_manifest(folder)["files"]
    files = []
    for name in sorted(digests, key=lambda name: (name == CARD, name)):
        if not FILE.fullmatch(name):
            raise BadDataset(f"expected names of files inside the folder, got {name[:100]!r} in {folder / MANIFEST}")
        if not (folder / name).is_file():
            raise BadDataset(f"expected a finished data set, found no file {folder / name}")
        if digests[name] != sha256_of(folder / name):
            raise BadDataset(f"expected the file that {MANIFEST} has the SHA-256 of, got another in {folder / name}")
        files.append(File(name, (folder / name).stat().st_size, digests[name]))
    files.append(File(MANIFEST, (folder / MANIFEST).stat().st_size, sha256_of(folder / MANIFEST)))
    _check_limits([file.name for file in files])
    return files


def _check_limits(names: Sequence[str]) -> None:
    """CannotPush where a folder or the repo would have more files than the Hub is made for."""
    folder, most = Counter(name.rpartition("/")[0] for name in names).most_common(1)[0]
    instead = "puzzlereel export --layout parquet puts the films into few files"
    if most > MOST_IN_FOLDER:
        raise CannotPush(f"expected at most {MOST_IN_FOLDER} files a folder, got {most} in {folder}: {instead}")
    if len(names) > MOST_IN_REPO:
        raise CannotPush(f"expected at most {MOST_IN_REPO} files a repo, got {len(names)}: {instead}")


def how_to_load(folder: Path, repo: str, branch: str | None = None) -> str:
    """The call of `datasets` that loads what was pushed."""
    parts = [part for part in read_manifest(folder)["parts"] if part in PARTS]
    words = [f'"{word}"' for word in (repo, *(part.split("/")[0] for part in parts[:1]))]
    return f"load_dataset({', '.join(words)}" + (f', revision="{branch}")' if branch else ")")


def push(
    folder: Path,
    repo: str,
    *,
    branch: str | None = None,
    private: bool = False,
    progress: Progress | None = None,
) -> Pushed:
    """Bring a repo of the Hub, made if need be, to what the data set's manifest says.

    The token is that of HF_TOKEN or `hf auth login`. Raises BadDataset and CannotPush before anything is sent where the
    folder, the names or the token are at fault; CannotPush where the Hub refuses; PushStopped where it or the way to it
    fails for long, whereupon the same call goes on from there.
    """
    check_target(repo, branch)
    files = files_of(folder)
    token, source = token_and_source()
    from huggingface_hub import HfApi

    api = HfApi(token=token)
    with _hushed(), sentences(repo, api.endpoint, token, source):
        _make(api, repo, branch, private)
        there = patiently(lambda: _there(api, repo, branch))
        missing = [file for file in files if not _same(folder, file, there.get(file.name))]
        stale = _stale(api, repo, branch, there, files) if missing else []
        for end in range(len(missing), 0, -BATCH)[::-1]:  # cut from the end, where card and manifest stay together
            done, last = max(0, end - BATCH), end == len(missing)
            if progress:
                progress(done, len(missing))
            patiently(partial(_commit, api, repo, branch, folder, missing[done:end], stale if last else []))
        if progress:
            progress(len(missing), len(missing))
    url = f"{api.endpoint}/datasets/{repo}" + (f"/tree/{quote(branch, safe='')}" if branch else "")
    return Pushed(url, len(files), tuple(missing), tuple(stale))


def _make(api: Any, repo: str, branch: str | None, private: bool) -> None:
    """The repo and its branch, unless they are there; CannotPush where a private one is asked for and it is public."""
    patiently(lambda: api.create_repo(repo, repo_type="dataset", private=private or None, exist_ok=True))
    if private and not patiently(lambda: api.dataset_info(repo)).private:
        raise CannotPush(f"expected {repo} to be private or not there, found it public: change that in its settings")
    if branch not in (None, "main"):
        patiently(lambda: api.create_branch(repo, branch=branch, repo_type="dataset", exist_ok=True))


def _there(api: Any, repo: str, branch: str | None) -> dict[str, Any]:
    """The files of the repo by name, as the Hub describes them."""
    from huggingface_hub.hf_api import RepoFile

    listed = api.list_repo_tree(repo, recursive=True, revision=branch, repo_type="dataset")
    return {entry.path: entry for entry in listed if isinstance(entry, RepoFile)}


def _same(folder: Path, file: File, there: Any) -> bool:
    """Whether the Hub has a file: large ones it knows by their SHA-256, the others as git does."""
    if there is None or there.size != file.size:
        return False
    if there.lfs:
        return bool(there.lfs.sha256 == file.sha256)
    blob = b"blob %d\0" % file.size + (folder / file.name).read_bytes()
    return bool(there.blob_id == hashlib.sha1(blob, usedforsecurity=False).hexdigest())


def _stale(api: Any, repo: str, branch: str | None, there: Mapping[str, Any], files: Sequence[File]) -> list[str]:
    """The files of the repo that its own manifest names and that of the data set does not."""
    if MANIFEST not in there:
        return []
    path = patiently(lambda: api.hf_hub_download(repo, MANIFEST, repo_type="dataset", revision=branch))
    try:
        named = read_manifest(Path(path).parent)["files"]
    except BadDataset:
        return []
    return sorted(set(named) & set(there) - {file.name for file in files})


def _commit(api: Any, repo: str, branch: str | None, folder: Path, batch: Sequence[File], stale: Sequence[str]) -> None:
    """One commit; where it has been made already, and only the answer was lost, nothing."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    added = [CommitOperationAdd(path_in_repo=file.name, path_or_fileobj=folder / file.name) for file in batch]
    there = _there(api, repo, branch) if stale else {}
    removed = [CommitOperationDelete(path_in_repo=name) for name in stale if name in there]
    title = f"puzzlereel {__version__}: {len(added)} files"
    api.create_commit(repo, [*added, *removed], commit_message=title, repo_type="dataset", revision=branch)


@contextmanager
def _hushed() -> Iterator[None]:
    """The Hub's client without bars of its own, and without its warnings where no one sits at a terminal."""
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    logger, barred = logging.getLogger("huggingface_hub"), are_progress_bars_disabled()
    level = logger.level
    disable_progress_bars()
    if not sys.stderr.isatty():
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
        if not barred:
            enable_progress_bars()
