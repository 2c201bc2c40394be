"""Fetching from a server on loopback: whole, cut and resumed, changed, refused, and too large."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from models.detoxify.fetching import SOURCES, Source, fetch, mirrored, require_fetched
from models.detoxify.files import DetoxifyError, Place

CONTENT = bytes(range(256)) * 20_000
SUM = hashlib.sha256(CONTENT).hexdigest()


class Server:
    """Gives `CONTENT` at any path, as it was told to: cut, without parts, or not at all."""

    def __init__(self) -> None:
        self.content = CONTENT
        self.cut_after: int | None = None
        self.parts = True
        self.status = 200
        self.length: int | None = None
        self.asked: list[str | None] = []
        self.told: list[tuple[int, int]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the name that the base class asks for
                server.answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # as above
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def answer(self, to: BaseHTTPRequestHandler) -> None:
        part = to.headers.get("Range")
        self.asked.append(part)
        start = int(part.removeprefix("bytes=").rstrip("-")) if part and self.parts else 0
        if start >= len(self.content):
            return to.send_error(416)
        if self.status != 200:
            return to.send_error(self.status)
        to.send_response(206 if start else 200)
        if start:
            to.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        to.send_header("Content-Length", str(self.length or len(self.content) - start))
        to.end_headers()
        with contextlib.suppress(ConnectionError):  # who has no space does not wait for it
            to.wfile.write(self.content[start : self.cut_after])
        return None

    def progress(self, n: int, total: int) -> None:
        self.told.append((n, total))

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "detoxify")


@pytest.fixture
def get(server: Server, place: Place) -> Callable[..., None]:
    """Fetches one file; `begins` is what is known of its sum."""
    return lambda begins="": fetch(place, Source("in/file.bin", f"{server.url}/file", begins), server.progress)


def test_a_whole_file_gets_its_name_once_it_is_verified_and_its_sum_is_written_down(
    server: Server, place: Place, get: Callable[..., None]
) -> None:
    get(SUM[:8])
    assert (place.folder / "in" / "file.bin").read_bytes() == CONTENT
    assert json.loads(place.lock.read_text()) == {"sha256": {"in/file.bin": SUM}}
    assert server.told[-1] == (len(CONTENT), len(CONTENT))
    assert [n for n, _ in server.told] == sorted(n for n, _ in server.told)
    assert len(server.told) > 3


def test_a_file_that_is_there_is_verified_and_not_fetched_again(server: Server, get: Callable[..., None]) -> None:
    get(SUM[:8])
    get(SUM[:8])
    assert server.asked == [None]


def test_a_cut_download_says_so_and_goes_on_where_it_stopped(
    server: Server, place: Place, get: Callable[..., None]
) -> None:
    server.cut_after = 1_500_000
    with pytest.raises(DetoxifyError) as caught:
        get(SUM[:8])
    assert str(caught.value) == (
        f"The download of {server.url}/file was cut after 1500000 of 5120000 bytes. "
        "The same command goes on where this one stopped."
    )
    assert not (place.folder / "in" / "file.bin").exists()
    server.cut_after = None
    get(SUM[:8])
    assert server.asked == [None, "bytes=1500000-"]
    assert (place.folder / "in" / "file.bin").read_bytes() == CONTENT


def test_a_server_that_gives_no_parts_gives_all_of_it_again(
    server: Server, place: Place, get: Callable[..., None]
) -> None:
    server.cut_after, server.parts = 1_500_000, False
    with pytest.raises(DetoxifyError, match="was cut"):
        get()
    server.cut_after = None
    get(SUM[:8])
    assert (place.folder / "in" / "file.bin").read_bytes() == CONTENT


def test_what_is_left_of_a_longer_file_does_not_hinder(server: Server, place: Place, get: Callable[..., None]) -> None:
    (place.folder / "in").mkdir(parents=True)
    (place.folder / "in" / "file.bin.part").write_bytes(b"x" * (len(CONTENT) + 1))
    get(SUM[:8])
    assert (place.folder / "in" / "file.bin").read_bytes() == CONTENT


def test_another_file_than_the_released_one_is_thrown_away(place: Place, get: Callable[..., None]) -> None:
    with pytest.raises(DetoxifyError, match=r"is not what it should be \(SHA-256 .*, expected 0b549669…\)"):
        get("0b549669")
    assert list(place.folder.rglob("*")) == [place.folder / "in"]


def test_a_file_whose_sum_nobody_knew_may_not_change_afterwards(
    server: Server, place: Place, get: Callable[..., None]
) -> None:
    get()
    path = place.folder / "in" / "file.bin"
    path.write_bytes(b"changed")
    with pytest.raises(DetoxifyError, match="is not what it should be"):
        get()
    assert path.read_bytes() == b"changed"
    path.unlink()
    server.content = b"another release"
    with pytest.raises(DetoxifyError, match="is not what it should be"):
        get()
    assert not path.exists()


def test_no_space_is_said_before_anything_is_written(server: Server, place: Place, get: Callable[..., None]) -> None:
    server.length = 10**18
    with pytest.raises(DetoxifyError, match=r"There is no space for .*: it needs 1000000000000 MB, and .* has \d+ MB"):
        get()
    assert not list((place.folder / "in").iterdir())


def test_what_the_server_refuses_is_said(server: Server, get: Callable[..., None]) -> None:
    server.status = 404
    with pytest.raises(DetoxifyError, match="cannot be fetched: the server answers 404"):
        get()


def test_a_server_that_does_not_answer_is_said(server: Server, place: Place) -> None:
    fetching = partial(fetch, place, Source("file", "http://127.0.0.1:1/file"), server.progress)
    with pytest.raises(DetoxifyError, match=r"cannot be fetched \(.*refused.*\). The same command goes on"):
        fetching()


def test_a_damaged_record_of_sums_is_refused(place: Place, get: Callable[..., None]) -> None:
    place.folder.mkdir()
    place.lock.write_text("{}")
    with pytest.raises(DetoxifyError, match="does not hold what it should"):
        get()


def test_an_export_wants_all_files_as_they_were_fetched(server: Server, place: Place) -> None:
    sources = [Source(name, f"{server.url}/{name}") for name in ("a", "b")]
    fetch(place, sources[0], server.progress)
    with pytest.raises(DetoxifyError, match=r"b was not fetched. Get it with: klasveilig model fetch\."):
        require_fetched(place, sources)
    fetch(place, sources[1], server.progress)
    require_fetched(place, sources)
    (place.folder / "b").write_bytes(CONTENT[:-1])
    with pytest.raises(DetoxifyError, match="b is damaged or was changed"):
        require_fetched(place, sources)
    (place.folder / "b").unlink()
    with pytest.raises(DetoxifyError, match="b is missing"):
        require_fetched(place, sources)


def test_the_weights_are_known_by_the_sum_in_their_name_and_everything_comes_by_https() -> None:
    weights = SOURCES[-1]
    assert weights.name == Place(Path()).checkpoint.name
    assert f"-{weights.sha256_begins}.ckpt" in weights.name
    assert len(weights.sha256_begins) == 8
    assert all(source.url.startswith("https://") for source in SOURCES)
    assert {source.url for source in mirrored("http://school/")} == {f"http://school/{s.name}" for s in SOURCES}
