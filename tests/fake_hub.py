"""A Hub on this machine: enough of the Hugging Face Hub's protocol for its own client to push and load data sets.

    with FakeHub() as hub:           HF_ENDPOINT=hub.url HF_HUB_DISABLE_XET=1 HF_TOKEN=WRITER
        hub.faults.append(Fault(r"PUT /lfs/user/name/", DROP))
        ...
        hub.asked("PUT /lfs/")       what was asked of it, in order

A repo is a list of commits a branch, a commit is a value of all files by path. What it cannot show: Xet, quotas, the
viewer, and the Hub's own mind about who may do what; here the token alone decides.
"""

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

WRITER, READER = "hf_" + "w" * 34, "hf_" + "r" * 34
"""The two tokens that are known here; the second may only read."""
DROP, LOST = 0, -1
"""Instead of a status: the connection ends in the middle of what is sent, or all is done and the answer is lost."""
LARGE = (".mp4", ".parquet", ".png")
"""What the Hub keeps outside git unless a repo says otherwise."""
PAGE = 5
"""How many files a page of a listing has; on the real Hub 1,000."""


class File(NamedTuple):
    """One file of a commit."""

    content: bytes
    large: bool

    @property
    def oid(self) -> str:
        """The SHA-256 of a large file, and of the others what git calls them."""
        if self.large:
            return hashlib.sha256(self.content).hexdigest()
        return hashlib.sha1(b"blob %d\0" % len(self.content) + self.content).hexdigest()

    def told(self, path: str) -> dict[str, Any]:
        """What a listing says of it."""
        told: dict[str, Any] = {"type": "file", "path": path, "size": len(self.content), "oid": self.oid}
        pointer = {"lfs": {"oid": self.oid, "size": len(self.content), "pointerSize": 134}}
        return told | {"oid": hashlib.sha1(self.oid.encode()).hexdigest(), **pointer} if self.large else told


Files: TypeAlias = Mapping[str, File]


class Commit(NamedTuple):
    """All files at one time."""

    title: str
    files: Files

    @property
    def oid(self) -> str:
        text = repr((self.title, sorted((path, file.oid) for path, file in self.files.items())))
        return hashlib.sha1(text.encode()).hexdigest()


@dataclass
class Repo:
    """A repo with its branches."""

    private: bool
    branches: dict[str, list[Commit]] = field(
        default_factory=lambda: {"main": [Commit("initial commit", {".gitattributes": File(b"", False)})]}
    )


@dataclass
class Fault:
    """What goes wrong with the next requests whose method and path match."""

    pattern: str
    status: int
    times: int = 1
    after: int = 0
    """How many of them go well before."""
    headers: Mapping[str, str] = field(default_factory=dict)


class Request(NamedTuple):
    """One request and how it was answered."""

    name: str
    """The method and the path."""
    status: int
    seconds: float
    """When, on the clock of `time.monotonic`."""


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, said: str, code: str = "", **more: str) -> None:
        super().__init__(said)
        self.status, self.code, self.more = status, code, more


class FakeHub:
    """The server, its repos, and its log."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.large: dict[tuple[str, str], bytes] = {}
        self.log: list[Request] = []
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        hub = self

        class Handler(_Handler):
            @property
            def hub(self) -> FakeHub:
                return hub

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> "FakeHub":
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def asked(self, pattern: str, *, since: int = 0) -> list[Request]:
        """What was asked that matches, from a place in the log on."""
        with self.lock:
            return [request for request in self.log[since:] if re.match(pattern, request.name)]

    def files(self, repo: str, branch: str = "main") -> dict[str, bytes]:
        """The files at the head of a branch."""
        head = self.repos[repo].branches[branch][-1].files
        return {path: file.content for path, file in head.items() if path != ".gitattributes"}

    def fault(self, name: str) -> Fault | None:
        """The fault that is due for a request, used up by so much."""
        with self.lock:
            for fault in self.faults:
                if fault.times and re.match(fault.pattern, name):
                    if fault.after:
                        fault.after -= 1
                        return None
                    fault.times -= 1
                    return fault
        return None

    def commit_of(self, repo: str, revision: str) -> Commit:
        """The commit that a branch or an oid names."""
        branches = self.repos[repo].branches
        if revision in branches:
            return branches[revision][-1]
        for commits in branches.values():
            for commit in commits:
                if commit.oid == revision:
                    return commit
        raise Refused(404, f"no revision {revision}", "RevisionNotFound")


class _Handler(BaseHTTPRequestHandler):
    """Requests by method and path."""

    protocol_version = "HTTP/1.1"
    body = b""

    @property
    def hub(self) -> FakeHub:
        raise NotImplementedError

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on standard error."""

    def do_any(self) -> None:
        """Answer, or go wrong as is due."""
        address = urlsplit(self.path)
        name = f"{self.command} {unquote(address.path)}"
        fault = self.hub.fault(name)
        length = int(self.headers.get("Content-Length") or 0)
        if fault and fault.status == DROP:
            self.rfile.read(length // 2)
            self._note(name, DROP)
            self.close_connection = True
            return
        self.body = self.rfile.read(length)
        try:
            if fault and fault.status != LOST:
                self._note(name, fault.status)
                self._send(fault.status, {"error": "as the test wants it"}, fault.headers)
                return
            with self.hub.lock:
                answer, headers = self._answer(address.path)
            self._note(name, fault.status if fault else 200)
            if fault:
                self.close_connection = True
            else:
                self._send(200, answer, headers)
        except Refused as refused:
            self._note(name, refused.status)
            headers = {"X-Error-Message": str(refused)} | ({"X-Error-Code": refused.code} if refused.code else {})
            self._send(refused.status, {"error": str(refused), **refused.more}, headers)

    do_GET = do_HEAD = do_POST = do_PUT = do_any  # noqa: N815  the names that http.server looks for

    def _note(self, name: str, status: int) -> None:
        with self.hub.lock:
            self.hub.log.append(Request(name, status, time.monotonic()))

    def _answer(self, path: str) -> "Answer":
        """What is answered; the path is matched while a branch with a slash in it is still quoted."""
        for pattern, call in ROUTES:
            if match := re.fullmatch(pattern, f"{self.command} {path}"):
                groups = {key: part and unquote(part) for key, part in match.groupdict().items()}
                if repo := groups.get("repo"):
                    self._check(repo)
                return call(self, **groups)
        raise Refused(404, f"nothing is known here of {path}", "EntryNotFound")

    def _check(self, repo: str) -> None:
        """Whether the token may do this to a repo that is there."""
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and token not in (WRITER, READER):
            raise Refused(401, "Invalid credentials in Authorization header")
        if self.path.startswith("/lfs/"):
            return  # who was given that address may use it
        reads = self.command in ("GET", "HEAD") or "/paths-info/" in self.path
        if not reads and token != WRITER:
            raise Refused(403 if token else 401, f"You have no rights to write to {repo}")
        known = self.hub.repos.get(repo)
        if known is None or (known.private and not token):
            raise Refused(404 if token else 401, "Repository not found", "RepoNotFound")

    def _send(self, status: int, answer: Any, headers: Mapping[str, str]) -> None:
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        if (asked := self.headers.get("Range")) and status == 200:
            first, last = (int(end) if end else None for end in asked.removeprefix("bytes=").split("-"))
            whole, begin = len(content), first or 0
            content = content[begin : None if last is None else last + 1]
            headers = {**headers, "Content-Range": f"bytes {begin}-{begin + len(content) - 1}/{whole}"}
            status = 206
        self.send_response(status)
        for key, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


Answer: TypeAlias = tuple[Any, dict[str, str]]


def _create(request: _Handler) -> Answer:
    wanted = json.loads(request.body)
    repo = f"{wanted['organization']}/{wanted['name']}"
    url = f"{request.hub.url}/datasets/{repo}"
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token not in (WRITER, READER):
        raise Refused(401, "Invalid credentials in Authorization header")
    if token == READER:
        raise Refused(
            403, f"You don't have the rights to create a dataset under the namespace {wanted['organization']}"
        )
    if repo in request.hub.repos:
        raise Refused(409, "You already created this dataset repo", url=url)
    request.hub.repos[repo] = Repo(wanted.get("visibility") == "private" or bool(wanted.get("private")))
    return {"url": url}, {}


def _validate(request: _Handler) -> Answer:
    return {"errors": [], "warnings": []}, {}


def _info(request: _Handler, repo: str, revision: str | None) -> Answer:
    commit = request.hub.commit_of(repo, revision or "main")
    names = [{"rfilename": path} for path in commit.files]
    about = {"id": repo, "private": request.hub.repos[repo].private, "sha": commit.oid, "siblings": names}
    return about | {"_id": "0", "tags": [], "downloads": 0, "likes": 0, "disabled": False, "gated": False}, {}


def _refs(request: _Handler, repo: str) -> Answer:
    branches = request.hub.repos[repo].branches
    told = [
        {"name": name, "ref": f"refs/heads/{name}", "targetCommit": all_[-1].oid} for name, all_ in branches.items()
    ]
    return {"branches": told, "tags": [], "converts": []}, {}


def _branch(request: _Handler, repo: str, revision: str) -> Answer:
    branches = request.hub.repos[repo].branches
    if revision in branches:
        raise Refused(409, "Reference already exists")
    branches[revision] = list(branches["main"])
    return {}, {}


def _tree(request: _Handler, repo: str, revision: str, folder: str | None) -> Answer:
    query = {key: one[0] for key, one in parse_qs(urlsplit(request.path).query).items()}
    files = request.hub.commit_of(repo, revision).files
    below = f"{folder}/" if folder else ""
    found = sorted(path for path in files if path.startswith(below))
    if query.get("recursive", "").lower() not in ("true", "1"):
        inner = {path.removeprefix(below).split("/")[0] for path in found if "/" in path.removeprefix(below)}
        folders = [{"type": "directory", "path": below + name, "oid": "0" * 40, "size": 0} for name in sorted(inner)]
        return folders + [files[path].told(path) for path in found if "/" not in path.removeprefix(below)], {}
    if folder and not found:
        raise Refused(404, f"no folder {folder}", "EntryNotFound")
    begin = int(query.get("cursor", 0))
    page = [files[path].told(path) for path in found[begin : begin + PAGE]]
    if begin + PAGE >= len(found):
        return page, {}
    following = f"{request.hub.url}{urlsplit(request.path).path}?recursive=true&cursor={begin + PAGE}"
    return page, {"Link": f'<{following}>; rel="next"'}


def _paths(request: _Handler, repo: str, revision: str) -> Answer:
    files = request.hub.commit_of(repo, revision).files
    content = request.body.decode()
    wanted = json.loads(content)["paths"] if content.startswith("{") else parse_qs(content)["paths"]
    told = [files[path].told(path) for path in wanted if path in files]
    folders = [path for path in wanted if any(other.startswith(f"{path}/") for other in files)]
    return told + [{"type": "directory", "path": path, "oid": "0" * 40, "size": 0} for path in folders], {}


def _preupload(request: _Handler, repo: str, revision: str) -> Answer:
    files = request.hub.commit_of(repo, revision).files
    told = [
        {
            "path": one["path"],
            "uploadMode": "lfs" if one["path"].endswith(LARGE) else "regular",
            "shouldIgnore": False,
            "oid": files[one["path"]].oid if one["path"] in files else None,
        }
        for one in json.loads(request.body)["files"]
    ]
    return {"files": told}, {}


def _batch(request: _Handler, repo: str) -> Answer:
    objects = []
    for one in json.loads(request.body)["objects"]:
        upload = {"upload": {"href": f"{request.hub.url}/lfs/{repo}/{one['oid']}"}}
        objects.append({**one, **({} if (repo, one["oid"]) in request.hub.large else {"actions": upload})})
    return {"transfer": "basic", "objects": objects}, {"Content-Type": "application/vnd.git-lfs+json"}


def _put(request: _Handler, repo: str, oid: str) -> Answer:
    if hashlib.sha256(request.body).hexdigest() != oid:
        raise Refused(400, "these bytes have another SHA-256")
    request.hub.large[repo, oid] = request.body
    return b"", {}


def _commit(request: _Handler, repo: str, revision: str) -> Answer:
    head = request.hub.commit_of(repo, revision)
    files = dict(head.files)
    lines = [json.loads(line) for line in request.body.splitlines()]
    if lines[0]["value"].get("parentCommit", head.oid) != head.oid:
        raise Refused(412, "A commit has happened since. Please refresh and try again.")
    for line in lines[1:]:
        path, value = line["value"]["path"], line["value"]
        if line["key"] == "file":
            files[path] = File(base64.b64decode(value["content"]), False)
        elif line["key"] == "lfsFile" and (repo, value["oid"]) in request.hub.large:
            files[path] = File(request.hub.large[repo, value["oid"]], True)
        elif line["key"] == "deletedFile" and path in files:
            del files[path]
        else:
            raise Refused(400, f"nothing that can be committed: {line['key']} {path}")
    commit = Commit(lines[0]["value"]["summary"], files)
    request.hub.repos[repo].branches[revision].append(commit)
    url = f"{request.hub.url}/datasets/{repo}/commit/{commit.oid}"
    return {"success": True, "commitOid": commit.oid, "commitUrl": url}, {}


def _resolve(request: _Handler, repo: str, revision: str, path: str) -> Answer:
    commit = request.hub.commit_of(repo, revision)
    if path not in commit.files:
        raise Refused(404, f"no file {path}", "EntryNotFound")
    file = commit.files[path]
    return file.content, {"ETag": f'"{file.oid}"', "X-Repo-Commit": commit.oid, "Accept-Ranges": "bytes"}


REPO = r"(?P<repo>[\w.-]+/[\w.-]+)"
API = rf"/api/datasets/{REPO}"
REVISION = r"(?P<revision>[^/]+)"
ROUTES: tuple[tuple[str, Callable[..., Answer]], ...] = (
    (r"POST /api/repos/create", _create),
    (r"POST /api/validate-yaml", _validate),
    (rf"GET {API}(/revision/{REVISION})?", _info),
    (rf"GET {API}/refs", _refs),
    (rf"GET {API}/tree/{REVISION}(/(?P<folder>.+))?", _tree),
    (rf"POST {API}/paths-info/{REVISION}", _paths),
    (rf"POST {API}/preupload/{REVISION}", _preupload),
    (rf"POST {API}/commit/{REVISION}", _commit),
    (rf"POST {API}/branch/{REVISION}", _branch),
    (rf"POST /datasets/{REPO}\.git/info/lfs/objects/batch", _batch),
    (rf"PUT /lfs/{REPO}/(?P<oid>[0-9a-f]+)", _put),
    (rf"(?:GET|HEAD) /datasets/{REPO}/resolve/{REVISION}/(?P<path>.+)", _resolve),
)
