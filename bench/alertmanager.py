"""Prometheus Alertmanager beside us, where it is installed: it stores nothing, and is quick because of it."""

from __future__ import annotations

import queue
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from bench.rig import Rig, until
from holdfast.entry import postgres

NAMES = ("prometheus-alertmanager", "alertmanager")


class Alertmanager:
    """One, with a webhook of ours as its only receiver."""

    def __init__(self, program: str) -> None:
        self.program = program

    @classmethod
    def found(cls) -> Alertmanager | None:
        program = next((found for name in NAMES if (found := shutil.which(name))), None)
        return cls(program) if program else None

    def latencies(self, r: Rig, count: int) -> list[float]:
        """Seconds from the POST of an alert to its webhook."""
        arrived: queue.SimpleQueue[float] = queue.SimpleQueue()

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                arrived.put(time.monotonic())
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port, folder = postgres.free_port(), r.stack.folder / "alertmanager"
        folder.mkdir(exist_ok=True)
        process = subprocess.Popen(
            self._words(folder, port, server.server_port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            url = f"http://127.0.0.1:{port}"
            until(lambda: httpx.get(f"{url}/-/ready").status_code == 200, "Alertmanager answers")
            return [self._one(url, number, arrived) for number in range(count)]
        finally:
            process.kill()
            process.wait()
            server.shutdown()

    def _words(self, folder: Path, port: int, hook: int) -> list[str]:
        config = folder / "alertmanager.yml"
        config.write_text(
            "route: {receiver: hook, group_by: [which], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}\n"
            f"receivers: [{{name: hook, webhook_configs: [{{url: 'http://127.0.0.1:{hook}/', send_resolved: false}}]}}]\n"
        )
        return [
            *(self.program, f"--config.file={config}", f"--storage.path={folder}"),
            *(f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="),
        ]

    def _one(self, url: str, number: int, arrived: queue.SimpleQueue[float]) -> float:
        began = time.monotonic()
        alert = [{"labels": {"alertname": "crisis", "which": f"{number}-{began}"}}]
        httpx.post(f"{url}/api/v2/alerts", json=alert).raise_for_status()
        return arrived.get(timeout=20) - began
