"""What whoever installs Holdfast is told to type and to copy exists, and does what is said of it."""

import configparser
import http.server
import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from holdfast.entry import metrics
from holdfast.entry.cli import main
from holdfast.entry.environment import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
GUIDES = sorted((ROOT / "docs" / "how-to").glob("*.md"))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PROXIES = [DEPLOY / "Caddyfile", DEPLOY / "Caddyfile.containers", DEPLOY / "nginx.conf"]
TOLD = "\n".join(path.read_text() for path in [*GUIDES, *(p for p in DEPLOY.rglob("*") if p.is_file())])


@pytest.mark.parametrize("page", [*GUIDES, *sorted(ROOT.glob("*.md"))], ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"(?<![\w/.-])((?:deploy|docs|holdfast|clinical|requirements)/[\w./@-]*\w)", page.read_text())
    missing = sorted({name for name in named if not (ROOT / name.rstrip(".")).exists()})
    assert missing == []


def test_every_setting_has_a_default_or_stands_in_a_guide() -> None:
    install = (ROOT / "docs/how-to/install-debian.md").read_text() + (DEPLOY / "settings.env.example").read_text()
    told = install + "".join(page.read_text() for page in GUIDES)
    assert [s.name for s in SETTINGS if not s.default and s.name not in told] == []


def test_every_setting_that_is_named_exists() -> None:
    known = {setting.name for setting in SETTINGS} | {"HOLDFAST_RELEASE"}  # the guide's own helper reads that one
    assert set(re.findall(r"\bHOLDFAST_[A-Z_]+\b", TOLD)) - known == set()


HARDENED = (
    "NoNewPrivileges",
    "PrivateTmp",
    "PrivateDevices",
    "ProtectHome",
    "ProtectClock",
    "ProtectControlGroups",
    "ProtectHostname",
    "ProtectKernelLogs",
    "ProtectKernelModules",
    "ProtectKernelTunables",
    "RestrictNamespaces",
    "RestrictRealtime",
    "RestrictSUIDSGID",
    "LockPersonality",
)


def _commands() -> set[str]:
    found = set(re.findall(r"(?:^|`|/| )holdfast(?:-as)? ([a-z][a-z-]+)", TOLD, re.MULTILINE))
    return found - {"holdfast", "deploy", "with"}  # a group, a folder beside it, and the helper's own comment


def test_every_command_that_is_named_exists() -> None:
    assert len(_commands()) > 8
    known = set(main.list_commands(click.Context(main)))
    assert sorted(_commands() - known) == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_each_unit_runs_a_command_of_ours_and_little_else_is_open_to_it(unit: Path) -> None:
    read = configparser.RawConfigParser(strict=False, delimiters=("=",))
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(unit)
    service = dict(read["Service"])
    command = re.search(r"/opt/holdfast/\.venv/bin/holdfast ([a-z-]+)", service["ExecStart"])
    assert command
    assert command.group(1) in main.list_commands(click.Context(main))
    assert service["User"] == "holdfast"
    assert {name: service.get(name) for name in HARDENED} == dict.fromkeys(HARDENED, "yes")
    asked = {"UMask": "0077", "ProtectProc": "invisible", "KeyringMode": "private", "SystemCallArchitectures": "native"}
    assert {name: service.get(name) for name in asked} == asked
    assert service["SystemCallFilter"] == "@system-service"
    assert service["AmbientCapabilities"] == ""
    assert (service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("strict", "")
    if service.get("Type") != "oneshot":
        assert service["Restart"] == "always"
        assert read["Unit"]["StartLimitIntervalSec"] == "0"


def test_units_for_every_process_are_there() -> None:
    commands = {re.search(r"bin/holdfast ([a-z-]+)", unit.read_text()).group(1) for unit in UNITS}
    assert commands == {"serve", "realtime", "worker", "watchdog", "backup"}


@pytest.mark.parametrize("proxy", PROXIES, ids=lambda proxy: proxy.name)
def test_a_proxy_sends_each_address_where_it_belongs(proxy: Path) -> None:
    text = proxy.read_text()
    assert all(f":{port}" in text for port in (8000, 8001, 8002))
    assert "/live" in text
    assert re.search(r"/metrics.*?404", text, re.DOTALL)
    assert all(place in text for place in ("help", "hooks", "answer"))
    # as much as the door itself takes, and nobody may dawdle
    assert re.search(r"client_max_body_size 9m|max_size 9MB", text)
    assert re.search(r"client_header_timeout|read_header", text)
    assert not re.search(r"^\s*(access_log (?!off)|log\b)", text, re.MULTILINE), "addresses hold tokens"


def test_numbers_that_are_watched_are_numbers_that_exist() -> None:
    source = Path(metrics.__file__).read_text()
    ours = {f"holdfast_{name}" for name in re.findall(r'(?:_gauge\(\s*|^\s+\()"([a-z_]+)"', source, re.MULTILINE)}
    ours |= {"holdfast_request_seconds_bucket", "holdfast_request_seconds_count"}
    watched = (DEPLOY / "prometheus/alerts.yml").read_text() + (DEPLOY / "grafana/holdfast.json").read_text()
    named = set(re.findall(r"\bholdfast_[a-z_]+\b", watched))
    assert len(named) > 8
    assert named - ours == set()
    board = json.loads((DEPLOY / "grafana/holdfast.json").read_text())
    assert all(target["expr"] for panel in board["panels"] for target in panel["targets"])


# ---------------------------------------------------------------- the look from outside


class _Answers(http.server.BaseHTTPRequestHandler):
    status, body = 200, b""

    def do_GET(self) -> None:
        self.send_response(type(self).status)
        self.end_headers()
        self.wfile.write(type(self).body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_look_from_outside_alarms_after_three_bad_looks_and_is_quiet_when_all_is_well(
    site: str, tmp_path: Path
) -> None:
    rung = tmp_path / "rung"
    env = os.environ | {"HOLDFAST": site, "ALARM": f"cat >> {rung}", "STATE": str(tmp_path / "state")}

    def look() -> list[str]:
        subprocess.run([str(DEPLOY / "outside-look")], env=env, check=False, timeout=60)
        return rung.read_text().splitlines() if rung.exists() else []

    _Answers.status, _Answers.body = 200, b'{"promises": {"the_watch_is_looking": true, "x": true}}'
    assert look() == []
    _Answers.body = b'{"promises": {"the_watch_is_looking": true, "x": false}}'
    assert (look(), look()) == ([], [])
    assert "a promise does not hold" in look()[0]
    assert len(look()) == 1
    _Answers.body = b'{"promises": {"the_watch_is_looking": true, "x": true}}'
    assert len(look()) == 1
    for status, body, words in ((503, b"{}", "does not answer"), (200, b'{"promises": {}}', "nothing vouches")):
        rung.unlink(missing_ok=True)
        (tmp_path / "state").write_text("2")
        _Answers.status, _Answers.body = status, body
        assert words in look()[0]
