"""The app as README's command starts it: who it answers to, and what it does without a page being drawn."""

import http.client
import os
import signal
from urllib.parse import urlsplit

import psutil
import pytest

from benchmarks.serving import running_app
from tests.jobs.conftest import processes, until
from tlcore import jobs
from tlcore.base import leases
from tlcore.jobs.launch import supervisors_lease

_ROUTES = (
    ("GET", "/"),
    ("GET", "/predict"),
    ("GET", "/static/nothing.js"),
    ("GET", "/media/nothing.png"),
    ("PUT", "/_stcore/upload_file/session/file"),
    ("OPTIONS", "/_stcore/upload_file/session/file"),
    ("GET", "/_stcore/health"),
    ("GET", "/_stcore/host-config"),
    ("GET", "/component/nothing/index.html"),
    ("GET", "/no/such/route"),
)
_UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with running_app(tmp_path_factory.mktemp("served"), TLCORE_ALLOWED_HOSTS="lab.example.org") as app:
        yield app


def status(app, host: str, method: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(app.url).port, timeout=30)
    connection.request(method, path, headers={"Host": host, **(headers or {})})
    answer = connection.getresponse()
    content = b"" if answer.status == 101 else answer.read()
    connection.close()
    return answer.status, content


@pytest.mark.parametrize(("method", "path"), _ROUTES)
def test_no_route_answers_to_a_strangers_name(app, method, path):
    for host in ("evil.test", f"evil.test:{urlsplit(app.url).port}", "localhost.evil.test"):
        code, content = status(app, host, method, path)
        assert code == 400 and b"TLCORE_ALLOWED_HOSTS" in content
    for host in ("localhost", f"127.0.0.1:{urlsplit(app.url).port}", "lab.example.org"):
        assert b"TLCORE_ALLOWED_HOSTS" not in status(app, host, method, path)[1]


@pytest.mark.parametrize(("host", "expected"), [("evil.test", 400), ("localhost", 101), ("lab.example.org", 101)])
def test_nor_does_the_websocket(app, host, expected):
    headers = {**_UPGRADE, "Origin": f"http://{host}"}
    code, _ = status(app, host, "GET", "/_stcore/stream", headers)
    assert code == expected or (expected == 400 and code == 403)


def test_the_app_itself_is_served_to_its_own_names(app):
    assert status(app, "localhost", "GET", "/_stcore/health") == (200, b"ok")
    assert status(app, "lab.example.org", "GET", "/")[0] == 200


def test_a_supervisor_that_dies_comes_back_without_a_page(app, monkeypatch):
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    jobs.ensure_supervisor()  # as the first page does
    first = until(lambda: next(iter(processes(app.home, "tlcore.pipeline.supervisor")), None))
    until(jobs.is_supervised)
    os.kill(first.pid, signal.SIGKILL)
    second = until(lambda: next(iter(processes(app.home, "tlcore.pipeline.supervisor")), None))
    until(jobs.is_supervised)
    assert second.pid != first.pid
    starter = {app.process.pid, *(child.pid for child in psutil.Process(app.process.pid).children())}
    assert second.ppid() in starter


def test_so_it_does_for_a_job_that_waits_however_long_ago_a_page_was_drawn(app, monkeypatch):
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    jobs.ensure_supervisor()
    supervisor = until(lambda: leases.owner(supervisors_lease()))
    os.utime(app.home / "supervisor.heartbeat", (1, 1))
    supervisor.kill()
    until(lambda: not jobs.is_supervised())
    jobs.submit("no such kind", {})
    until(jobs.is_supervised)
