"""The whole of Holdfast as it runs: every program a process of its own, on free ports, with a telephone company.

    with Stack(folder) as stack:                     # or the session fixture `stack`
        cast = stack.fresh()                         # an empty database, the cast, true time, no switches
        stack.act("tests.acts:night_shift")          # anything on the rota, through Holdfast's own actions
        page = stack.browser().get("/help")          # an httpx client; stack.browser(email) is signed in
        text = stack.company.text_to(cast["staff"]["cal"]["phone"])
        stack.company.reply(text["to"], "4711")
        stack.until(lambda: stack.one("select ..."), "the crisis has an owner")

Nothing here sleeps for a fixed time: whoever waits, looks again until it is so, and says what was awaited.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import psycopg
from psycopg.rows import dict_row

from holdfast.entry import postgres, roles

ROOT: Final = Path(__file__).resolve().parent.parent
PATIENCE_S: Final = 30.0
START_S: Final = 180.0  # a busy machine starts seven programs at once
LOOK_S: Final = 0.03
ACCOUNT: Final = "AC" + "5" * 32
TOKEN: Final = "a token of the tests"
NUMBER: Final = "+15205550100"
SECRET: Final = "a secret of the tests, which guards nothing at all"
SEAL: Final = base64.b64encode(b"a seal key of the tests, 32 long").decode()
# What an empty database keeps: what migrations made, and what belongs to no program.
KEPT_TABLES: Final = ("django_migrations", "django_content_type", "auth_permission", "ledger_vouch")
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

T = TypeVar("T")


def until(look: Callable[[], T], awaited: str, patience_s: float = PATIENCE_S, look_s: float = LOOK_S) -> T:
    """What `look` says as soon as it says anything; complains in words when the patience is over.

    A connection that breaks meanwhile is only a "not yet": programs are killed on purpose here.
    """
    pause, over = threading.Event(), time.monotonic() + patience_s
    trouble: Exception | None = None
    while True:
        try:
            said = look()
            trouble = None
            if said:
                return said
        except (psycopg.Error, httpx.HTTPError, OSError) as error:
            trouble = error
        if time.monotonic() >= over:
            raise AssertionError(f"not within {patience_s:g} s: {awaited}" + (f" ({trouble})" if trouble else ""))
        pause.wait(look_s)


# One thread starts every program: the system ends a program when the thread that started it is gone.
_STARTER: Final = ThreadPoolExecutor(1, "starter")


def _with_me() -> None:
    """The system ends a program when the one that started it is gone, even by kill -9."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


@dataclass
class Program:
    """One program of the stack: started, killed, started again."""

    name: str
    words: Sequence[str]
    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    code: Path = ROOT  # the release that it runs

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None and self.process.poll() is None else None

    def start(self) -> None:
        self.started_at = time.time()
        self.process = _STARTER.submit(self._start).result()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as out:
            return subprocess.Popen(
                list(self.words),
                env=self.env,
                cwd=self.code,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=_with_me,  # noqa: PLW1509 - nothing else happens between fork and exec
            )

    def kill(self) -> None:
        """kill -9 of the program and of all that it started."""
        self._signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait(timeout=20)

    def ask_to_end(self) -> None:
        self._signal(signal.SIGTERM)

    def ended(self, patience_s: float = 12.0) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(timeout=patience_s)
        except subprocess.TimeoutExpired:
            pass
        self.kill()

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def said(self, most: int = 4000) -> str:
        """The end of its log, for whoever has to understand a failure."""
        return self.log.read_text(errors="replace")[-most:] if self.log.exists() else ""


class PhoneCompany:
    """What tests ask of the telephone company, over its own interface."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=70)

    def close(self) -> None:
        self._http.close()

    def ready(self) -> bool:
        return self._http.get("/company/health").status_code == 200

    def log(self, **asked: Any) -> list[dict[str, Any]]:
        """Entries: after=, channel=, to=, state=, text=, at_least=, wait= (seconds)."""
        answer = self._http.get("/company/log", params=asked)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found

    def wipe(self) -> None:
        self._http.delete("/company/log").raise_for_status()

    def text_to(self, number: str, after: int = 0, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        """The latest text that reached this handset, as soon as there is one later than `after`."""
        found = self.log(channel="sms", to=number, after=after, state="delivered", wait=patience_s)
        assert found, f"no text reached {number} within {patience_s:g} s"
        return found[-1]

    def call_to(self, number: str, patience_s: float = PATIENCE_S) -> str:
        """The call that rings at this handset, by its id."""
        ringing = until(lambda: self.handset(number).get("call"), f"{number} rings", patience_s)
        return str(ringing["sid"])

    def handset(self, number: str) -> dict[str, Any]:
        found = [each for each in self._http.get("/company/handsets").json() if each["number"] == number]
        return dict(found[0]) if found else {}

    def reply(self, number: str, body: str) -> dict[str, Any]:
        """Somebody writes a text at this handset. What our webhook answered."""
        answer = self._http.post(f"/company/handsets/{number}/reply", json={"body": body})
        answer.raise_for_status()
        return dict(answer.json())

    def pick_up(self, call: str) -> dict[str, Any]:
        return self._call(call, "pick-up")

    def press(self, call: str, digits: str) -> dict[str, Any]:
        return self._call(call, "digits", digits=digits)

    def hang_up(self, call: str) -> dict[str, Any]:
        return self._call(call, "hang-up")

    def _call(self, call: str, deed: str, **given: str) -> dict[str, Any]:
        answer = self._http.post(f"/company/calls/{call}/{deed}", json=given)
        return {"status": answer.status_code, **answer.json()}

    def switch(self, **targets: str | list[str]) -> None:
        """switch(sms="busy"); numbers by switch_number."""
        self._http.post("/company/switches", json=targets).raise_for_status()

    def switch_number(self, number: str, *switches: str) -> None:
        self._http.post("/company/switches", json={number: list(switches)}).raise_for_status()

    def all_well(self) -> None:
        """No switch is set any more."""
        self._http.delete("/company/switches").raise_for_status()

    def push_device(self, name: str) -> dict[str, Any]:
        """A simulated browser's push subscription."""
        return dict(self._http.post("/company/push-devices", json={"id": name, "label": name}).json())


class Hands:
    """A Holdfast process of the web role that does named acts, so that tests need no Django of their own."""

    def __init__(self, env: dict[str, str], log: Path, code: Path = ROOT, first: dict[str, Any] | None = None) -> None:
        """`first` is what each such process does before anything else, as a line of `tests.acts`."""
        self._env, self._log, self._code, self._first = env, log, code, first
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def do(self, act: str, args: dict[str, Any]) -> Any:
        with self._lock:
            for again in (True, False):
                answer = self._ask(act, args)
                if answer is not None:
                    break
                self.stop()
                assert again, f"the process that acts for the tests is gone: {self._log.read_text()[-3000:]}"
        if "trouble" in answer:
            raise AssertionError(f"{act}: {answer['trouble']}")
        return answer["said"]

    def _ask(self, act: str, args: dict[str, Any]) -> dict[str, Any] | None:
        if self._process is None:
            self._process = _STARTER.submit(self._start).result()
            begun = {"said": None} if self._first is None else self._told(self._process, self._first)
            if begun is None or "trouble" in begun:
                self.stop()  # it begins anew with the next act
                return begun
        return self._told(self._process, {"act": act, "args": args})

    @staticmethod
    def _told(process: subprocess.Popen[str], wanted: dict[str, Any]) -> dict[str, Any] | None:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(wanted) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            return None
        return dict(json.loads(line)) if line else None

    def _start(self) -> subprocess.Popen[str]:
        with self._log.open("a") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.acts"],
                env=self._env | {"HOLDFAST_ROLE": "web"},
                cwd=self._code,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
                text=True,
                start_new_session=True,
                preexec_fn=_with_me,  # noqa: PLW1509 - nothing else happens between fork and exec
            )

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@dataclass
class Stack:
    """Everything, started by `with`. `parts` names the programs; the database and the company are always there."""

    folder: Path
    parts: Sequence[str] = ("web", "realtime", "worker", "watchdog", "front")
    workers: int = 1
    web_processes: int = 1
    web_threads: int = 8
    durable: bool = True
    company_apart: bool = True
    extra: dict[str, str] = field(default_factory=dict)
    code: Path = ROOT  # the release that all of it runs

    def __enter__(self) -> Stack:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)  # the database's own account walks through it when we are root
        self.logs = self.folder / "logs"
        self.logs.mkdir(exist_ok=True)
        self._watchers = [postgres.when_alone("remove", self.folder / "postgres")]
        self.cluster = postgres.start(self.folder / "postgres", durable=self.durable)
        self.owner_url = roles.prepare(self.cluster.superuser_url, "holdfast", SECRET)
        self.superuser_url = self.cluster.url("holdfast")
        web, realtime, front, phone, mail = (postgres.free_port() for _ in range(5))
        self.web_port, self.realtime_port = web, realtime
        self.url = f"http://127.0.0.1:{front if 'front' in self.parts else web}"
        self.telephone_url = f"http://127.0.0.1:{phone}"
        self.env = self._environment(phone, mail)
        self.migrate()
        self.telephone = self._program("telephone", *self._telephone_words(phone, mail))
        self.programs = self._programs(front)
        self.company = PhoneCompany(self.telephone_url)
        self.hands = Hands(self.env, self.logs / "hands.log", self.code)
        self._local = threading.local()
        self.telephone.start()
        for program in self.programs.values():
            program.start()
        try:
            until(self.company.ready, "the telephone company answers", START_S)
            self.ready()
        except AssertionError as trouble:
            logs = "\n".join(f"--- {p.name}\n{p.said()}" for p in self.programs.values())
            self.__exit__()
            raise AssertionError(f"{trouble}\n{logs}") from None
        return self

    def __exit__(self, *_: object) -> None:
        self.hands.stop()
        programs = [*self.programs.values(), self.telephone]
        for program in programs:
            program.ask_to_end()
        for program in programs:
            program.ended()
        self.company.close()
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
        postgres.remove(self.folder / "postgres")
        for watcher in self._watchers:
            watcher.communicate()

    # ------------------------------------------------------------ what it is made of

    def _environment(self, phone: int, mail: int) -> dict[str, str]:
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("HOLDFAST_", "DATABASE_URL", "DJANGO_", "PYTEST"))
        }
        ours = {
            "DATABASE_URL": self.owner_url,
            "DJANGO_SETTINGS_MODULE": "holdfast.entry.settings",
            "HOLDFAST_DATA": str(self.folder / "data"),
            "HOLDFAST_DEMO": "1",
            "HOLDFAST_PUBLIC_URL": self.url,
            "HOLDFAST_SECRET_KEY": SECRET,
            "HOLDFAST_SEAL_KEY": SEAL,
            "HOLDFAST_PORT": str(self.web_port),
            "HOLDFAST_REALTIME_PORT": str(self.realtime_port),
            "HOLDFAST_WEB_PROCESSES": str(self.web_processes),
            "HOLDFAST_WEB_THREADS": str(self.web_threads),
            "HOLDFAST_TWILIO_SID": ACCOUNT,
            "HOLDFAST_TWILIO_TOKEN": TOKEN,
            "HOLDFAST_TWILIO_FROM": NUMBER,
            "HOLDFAST_TWILIO_API": self.telephone_url,
            "HOLDFAST_TELEPHONE_URL": self.telephone_url,
            "HOLDFAST_SMTP_URL": f"smtp://127.0.0.1:{mail}",
            "HOLDFAST_VAPID_KEY": base64.urlsafe_b64encode(bytes(31) + b"\x07").decode().rstrip("="),
            "PYTHONUNBUFFERED": "1",
        }
        return kept | ours | self.extra

    def _telephone_words(self, phone: int, mail: int) -> list[str]:
        return [
            *(sys.executable, "-m", "telephone", "--port", str(phone), "--smtp-port", str(mail)),
            *("--account", ACCOUNT, "--token", TOKEN, "--log", str(self.folder / "telephone.jsonl")),
        ]

    def _program(self, name: str, *words: str) -> Program:
        return Program(name, words, self.env, self.logs / f"{name}.log", code=self.code)

    def _programs(self, front: int) -> dict[str, Program]:
        holdfast = (sys.executable, "-m", "holdfast.entry.cli")
        made = {
            "web": self._program("web", *holdfast, "serve"),
            "realtime": self._program("realtime", *holdfast, "realtime"),
            "watchdog": self._program("watchdog", *holdfast, "watchdog"),
            "front": self._program(
                "front",
                *(sys.executable, "-m", "holdfast.entry.front", "--port", str(front)),
                *("--web", str(self.web_port), "--realtime", str(self.realtime_port)),
            ),
        }
        names = ["worker", *(f"worker{n}" for n in range(2, self.workers + 1))]
        workers = {name: self._program(name, *holdfast, "worker") for name in names} if "worker" in self.parts else {}
        return {name: program for name, program in made.items() if name in self.parts} | workers

    def migrate(self) -> None:
        """Bring the database up to date, with the release in use."""
        words = [sys.executable, "-m", "holdfast.entry.cli", "migrate"]
        said = subprocess.run(
            words, env=self.env, cwd=self.code, capture_output=True, text=True, check=False, timeout=300
        )
        assert said.returncode == 0, f"migrations fail:\n{said.stderr[-4000:]}"

    # ------------------------------------------------------------ is everything there?

    def ready(self, patience_s: float = START_S) -> None:
        """Waits until pages are served and the worker and the watch have left word."""
        if "web" in self.programs:
            until(self.serves, "pages are served", patience_s)
        for who in ("worker", "watchdog"):
            if who in self.programs:
                until(
                    lambda who=who: self.one(  # type: ignore[misc]
                        "select 1 from ledger_vouch where who = %s and at > clock_timestamp() - interval '10 seconds'",
                        who,
                    ),
                    f"the {who} leaves word",
                    patience_s,
                )

    def serves(self) -> bool:
        return httpx.get(f"http://127.0.0.1:{self.web_port}/healthz", timeout=5).status_code == 200

    def until(self, look: Callable[[], T], awaited: str, patience_s: float = PATIENCE_S) -> T:
        """As `until`."""
        return until(look, awaited, patience_s)

    # ------------------------------------------------------------ the database, seen from above

    @property
    def database(self) -> psycopg.Connection[dict[str, Any]]:
        """As the superuser, who sees every row; one for each thread, made anew when it was cut."""
        held = getattr(self._local, "connection", None)
        if held is None or held.closed or held.broken:
            held = psycopg.connect(self.superuser_url, autocommit=True, row_factory=dict_row, connect_timeout=5)
            held.execute("select set_config('idle_in_transaction_session_timeout', '0', false)")
            self._local.connection = held
        found: psycopg.Connection[dict[str, Any]] = held
        return found

    def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        return self.database.execute(sql, args or None).fetchall()  # type: ignore[arg-type]

    def one(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.database.execute(sql, args or None).fetchone()  # type: ignore[arg-type]
        return next(iter(row.values())) if row else None

    def promises(self) -> list[dict[str, Any]]:
        """Every promise and who breaks it now, as the operator's command says it."""
        words = [sys.executable, "-m", "holdfast.entry.cli", "promises", "--json"]
        said = subprocess.run(words, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        assert said.stdout.strip(), said.stderr[-3000:]
        found: list[dict[str, Any]] = json.loads(said.stdout.strip().splitlines()[-1])["promises"]
        return found

    # ------------------------------------------------------------ the clock

    def move_clock(self, by: timedelta) -> None:
        """Holdfast's clock, for every program. Nothing real waits."""
        with self.database.transaction():
            self.database.execute(
                'insert into ledger_clockoffset ("only", ahead) values (1, %s) '
                'on conflict ("only") do update set ahead = ledger_clockoffset.ahead + excluded.ahead',
                [by],
            )
            self.database.execute("select pg_notify('holdfast_wake', 'clock')")

    def true_time(self) -> None:
        self.database.execute("delete from ledger_clockoffset")
        self.database.execute("select pg_notify('holdfast_wake', 'clock')")

    # ------------------------------------------------------------ people

    def act(self, act: str, **args: Any) -> Any:
        """Do "module:function" in a Holdfast process, inside the cast's program: function(world, **args)."""
        return self.hands.do(act, args)

    @contextmanager
    def more_hands(self, name: str) -> Iterator[Hands]:
        """One more process that acts in the cast's program, beside the usual one."""
        program = self.one("select id from ledger_program order by id limit 1")
        first = {"act": "tests.acts:join", "args": {"program": program}}
        hands = Hands(self.env, self.logs / f"{name}.log", self.code, first)
        try:
            yield hands
        finally:
            hands.stop()

    def fresh(self, *, on_shift: bool = False) -> dict[str, Any]:
        """An empty database with the cast in it, true time, no switches, an empty log. Tests begin with it.

        {"program": {id, uid, slug}, "ana": {id, uid, email, phone}, "staff": {"cal": {id, uid, name, email, phone}}, "password"}
        """
        self.company.all_well()
        self.wipe()
        self.true_time()
        self.company.wipe()
        cast: dict[str, Any] = self.act("tests.acts:cast")
        webhook = f"{self.url}/hooks/{cast['program']['uid']}/twilio/sms"
        answer = httpx.post(f"{self.telephone_url}/company/configure", json={"sms_webhook": webhook}, timeout=10)
        answer.raise_for_status()
        if on_shift:
            self.act("tests.acts:night_shift")
        return cast

    def wipe(self) -> None:
        """Throw away all rows but those of migrations. Sends under way end by themselves."""
        names = [r["tablename"] for r in self.rows("select tablename from pg_tables where schemaname = 'public'")]
        tables = ", ".join(f'public."{name}"' for name in names if name not in KEPT_TABLES)

        def emptied() -> bool:
            with self.database.transaction():
                self.database.execute("set local session_replication_role = replica; set local lock_timeout = '2s'")
                self.database.execute(f"truncate {tables}")  # type: ignore[arg-type]  # names from the catalogue
            return True

        until(emptied, "the database is empty")

    def browser(self, email: str | None = None, url: str | None = None) -> httpx.Client:
        """An HTTP client at the one address, signed in as this person if one is named."""
        client = httpx.Client(base_url=url or self.url, timeout=30, follow_redirects=False)
        if email is not None:
            client.cookies.set("sessionid", self.act("tests.acts:session", email=email))
        return client


@contextmanager
def stack_in(folder: Path, **how: Any) -> Iterator[Stack]:
    """A stack in a folder that is gone afterwards; the logs stay when something went wrong."""
    well = False
    try:
        with Stack(folder, **how) as stack:
            yield stack
        well = True
    finally:
        if well:
            shutil.rmtree(folder, ignore_errors=True)


def own_folder() -> Path:
    """A folder for one stack."""
    return Path(os.environ.get("TMPDIR", "/tmp")) / f"holdfast-stack-{secrets.token_hex(4)}"  # noqa: S108 - removed afterwards
