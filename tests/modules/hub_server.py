"""A server on localhost that gives out modules as TF Hub does."""

import contextlib
import io
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


def packed(folder: Path) -> bytes:
    """A SavedModel's folder as a tar.gz."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(folder, arcname=".")
    return buffer.getvalue()


class HubServer:
    """What a `with serve() as hub` block talks to.

    Attributes:
        url: the origin, such as http://127.0.0.1:8123.
        modules: the bytes of each path, given out where the query says `tf-hub-format=compressed`.
        redirects: where each path leads instead.
        statuses: an error that each path answers instead.
        asked: the paths that were asked for.
    """

    def __init__(self, url: str):
        self.url = url
        self.modules: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.statuses: dict[str, int] = {}
        self.asked: list[str] = []
        self.cut = 0  # how many bytes are kept back at the end


@contextlib.contextmanager
def serve() -> Iterator[HubServer]:
    """Runs the server for the time of the block; afterwards nothing answers at its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            hub.asked.append(self.path)
            if parts.path in hub.redirects:
                self.send_response(302)
                self.send_header("Location", hub.redirects[parts.path])
                self.end_headers()
            elif parts.path in hub.statuses:
                self.send_error(hub.statuses[parts.path])
            elif parts.path in hub.modules and parse_qs(parts.query).get("tf-hub-format") == ["compressed"]:
                content = hub.modules[parts.path]
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) - hub.cut])
            else:
                self.send_error(404)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub = HubServer(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
