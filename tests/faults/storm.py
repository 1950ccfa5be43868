"""The storm: people answer forms, staff answer handsets, and everything else is killed, cut and put wrong.

Seeded: the same seed draws the same faults in the same order. What the machine makes of them is never quite the
same twice, and need not be: what must hold, holds for every outcome.
"""

from __future__ import annotations

import os
import queue
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import psycopg

from holdfast.entry import postgres
from telephone.switches import SWITCHES
from tests.faults.handsets import Handsets
from tests.faults.work import AtWork
from tests.stack import Stack, until

# Nights on which the clocks of Denver and Boise change, an hour before they do.
SPRING_NIGHT: Final = "2027-03-14T08:00:00+00:00"
AUTUMN_NIGHT: Final = "2027-11-07T07:00:00+00:00"
LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
# What one number says about itself; the others are the carrier's and hold for a whole channel.
OF_A_NUMBER: Final = ("stop", "gone", "landline", "unknown_number")
KILLED: Final = ("worker", "web", "realtime", "watchdog")
CLIENTS_AT_ONCE: Final = 8
UNREADABLE_EVERY: Final = 25
# No program has more people in crisis at once; a client of the storm begins when another has landed.
OPEN_AT_ONCE: Final = 400
FULL: Final = "everybody has their hands full"
PATIENCE_S: Final = 180.0
LONGEST_QUEUE_S: Final = 10.0  # in true time: so long the last part waits for calls and texts to leave


@dataclass
class Sent:
    """One worrying answer: whose, and when we were told that it was received (true time)."""

    client: int
    response: str
    address: str
    received_at: datetime | None = None


@dataclass(frozen=True)
class Jump:
    """The clock was put to be `ahead` of true time, at some true moment between `since` and `by`."""

    since: datetime
    by: datetime
    ahead: timedelta


def true_now() -> datetime:
    """True time, beside the moved clock."""
    return datetime.now(UTC)  # noqa: TID251 - the storm itself lives in true time


@dataclass
class Storm:
    """One run. `crises` worrying answers; a fault about every `pause_s` seconds."""

    stack: Stack
    crises: int
    seed: int
    pause_s: float = 2.0
    say: Callable[[str], None] = print
    sent: list[Sent] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    switched: Counter[str] = field(default_factory=Counter)
    moves: list[Jump] = field(default_factory=list)
    latest: datetime = LONG_AGO  # of the moved clock, as far as it ever was
    marks_at_risk: list[list[datetime]] = field(default_factory=list)  # from when to when a send may lose its mark
    pressed: Counter[str] = field(default_factory=Counter)
    failed_posts: int = 0
    clock_hours: int = 0
    decks: int = 0

    def run(self) -> None:
        """From calm to calm."""
        self.chance = random.Random(self.seed)
        self.lock = threading.Lock()
        self.mending: list[threading.Thread] = []
        self._prepare()
        with Handsets(self.stack.telephone_url, random.Random(self.seed + 1)) as people:
            self.people = people
            with AtWork(self.stack, self.desks, self.seed * 10) as desks:
                self._blow()
            self._try(lambda: self.say(f"  the storm is over; {self._open()}"))
            self._mend_everything()
        self.said = dict(people.said)
        self.pressed.update(desks.pressed)
        with (
            Handsets(self.stack.telephone_url, random.Random(self.seed + 2), diligent=True),
            AtWork(self.stack, self.desks, self.seed * 10 + 5, diligent=True) as desks,
        ):
            self._settle()
        self.pressed.update(desks.pressed)

    # ------------------------------------------------------------ before

    def _prepare(self) -> None:
        self.cast = self.stack.fresh()
        self._jump_to(SPRING_NIGHT)
        made = self.stack.act("tests.faults.deeds:program", clients=self.crises, nights=[SPRING_NIGHT, AUTUMN_NIGHT])
        self.clients: list[int] = made["clients"]
        self.desks = {int(staff): (email, uid) for staff, (email, uid) in made["desks"].items()}
        self.numbers = [*made["phones"], *(who["phone"] for who in self.cast["staff"].values())]

    def _jump_to(self, when: str) -> None:
        now: datetime = self.stack.one("select holdfast_now()")
        self._move(datetime.fromisoformat(when) - now)

    def _move(self, by: timedelta) -> None:
        """Remembers between which two true moments the clock jumped, even where the storm broke the jump off."""
        before = true_now()
        self.latest = max(self.latest, self.stack.one("select holdfast_now()"))
        try:
            self.stack.move_clock(by)
        finally:
            found = until(lambda: self.stack.rows("select ahead from ledger_clockoffset"), "the clock is read")
            self.moves.append(Jump(before, true_now(), found[0]["ahead"]))

    # ------------------------------------------------------------ the storm itself

    def _blow(self) -> None:
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        for client in self.clients:
            waiting.put(client)
        self._half = self.crises // 2
        crowd = [
            threading.Thread(target=self._client, args=(waiting, random.Random(self.seed * 100 + n)), daemon=True)
            for n in range(CLIENTS_AT_ONCE)
        ]
        for thread in crowd:
            thread.start()
        faults = self._faults()
        autumn = lull = False
        # A short storm goes on until every kind of fault has been seen once.
        while any(thread.is_alive() for thread in crowd) or self.decks < 2:
            # A storm has lulls: nothing more breaks until those who have their hands full have them free again.
            lull = self._open_now() >= OPEN_AT_ONCE * (0.7 if lull else 1)
            if not lull:
                self._try(next(faults))
            self._try(self._tidy)
            if not autumn and len(self.sent) > self._half:
                autumn = self._try(lambda: self._jump_to(AUTUMN_NIGHT))
            threading.Event().wait(self.pause_s * self.chance.uniform(0.4, 1.6))
        for thread in [*crowd, *self.mending]:
            thread.join()

    def _try(self, deed: Callable[[], object]) -> bool:
        """A deed that the storm itself may break; the storm goes on."""
        try:
            deed()
        except (psycopg.Error, httpx.HTTPError, OSError, AssertionError) as error:
            self._count(str(error) if str(error) == FULL else f"could not: {type(error).__name__}")
            return False
        return True

    def _count(self, what: str) -> None:
        with self.lock:
            self.faults[what] += 1

    def _tidy(self) -> None:
        if self.chance.random() < 0.1:
            self.stack.act("tests.faults.deeds:tidy_tasks")

    # ------------------------------------------------------------ clients

    def _client(self, waiting: queue.SimpleQueue[int], chance: random.Random) -> None:
        """One after the other, people answer worryingly; whoever was not told "received" sends again."""
        done = 0
        while True:
            try:
                client = waiting.get_nowait()
            except queue.Empty:
                return
            done += 1
            while not self._try(self._room):
                threading.Event().wait(1)
            if done % UNREADABLE_EVERY == 0:
                self._unreadable(client)
            else:
                self._answer(client, chance)
            threading.Event().wait(chance.uniform(0, self.pause_s))

    def _room(self) -> None:
        if self._open_now() >= OPEN_AT_ONCE:
            raise OSError(FULL)

    def _open_now(self) -> int:
        """How many are somebody's work now: a settled one waits for its next contact, which nobody hurries."""
        with suppress(psycopg.Error):
            return int(self.stack.one("select count(*) from crisis_episode where state not in ('settled', 'closed')"))
        return 0

    def _patiently(self, act: str, **args: Any) -> Any:
        def done() -> list[Any]:
            try:
                return [self.stack.act(act, **args)]
            except AssertionError as error:
                raise OSError(str(error)) from None

        return until(done, act, PATIENCE_S)[0]

    def _form(self, client: int, instrument: str) -> dict[str, str]:
        """A fresh form of this client's."""
        return dict(self._patiently("tests.acts:form", client=client, instrument=instrument))

    def _unreadable(self, client: int) -> None:
        response = self._patiently("tests.faults.deeds:unreadable", client=client)
        self._note(Sent(client, response, ""))

    def _answer(self, client: int, chance: random.Random) -> None:
        instrument, item, value = chance.choice((("check-in", "6", "2"), ("check-in", "6", "1"), ("asq", "5", "1")))
        doubled = chance.random() < 0.1
        sent, over = Sent(client, "", ""), time.monotonic() + PATIENCE_S
        while True:
            form = self._form(client, instrument)  # a form that ran out meanwhile is given anew
            sent.response, sent.address = form["response"], form["address"]
            if self._post(sent.address, {f"item-{item}": value}):
                break
            assert time.monotonic() < over, f"not within {PATIENCE_S:g} s: an answer is received"
            threading.Event().wait(0.3)
        self._note(sent)
        if doubled:
            self._try(lambda: self._post(sent.address, {f"item-{item}": value}))

    def _post(self, address: str, form: dict[str, str]) -> bool:
        try:
            with httpx.Client(base_url=self.stack.url, timeout=10) as phone:
                said = phone.post(address, data=form).status_code
        except httpx.HTTPError:
            said = 0
        if said != 302:
            self._count(f"a post was answered with {said}")
            with self.lock:
                self.failed_posts += 1
        return said == 302

    def _note(self, sent: Sent) -> None:
        sent.received_at = true_now()
        with self.lock:
            self.sent.append(sent)
            if len(self.sent) % 100 == 0:
                self.say(f"  {len(self.sent)} answers received, {sum(self.kills.values())} programs killed")

    # ------------------------------------------------------------ faults

    def _faults(self) -> Iterator[Callable[[], None]]:
        """Every kind in a random order, and again: a short storm sees each of them too."""
        switches = self._switches()
        while True:
            self.decks += 1
            deck: list[Callable[[], None]] = [lambda name=name: self._kill(name) for name in KILLED]  # type: ignore[misc]
            deck += [lambda: self._kill("worker"), lambda: self._kill("web"), self._kill_postmaster]
            deck += [self._cut_connections] * 3
            deck += [lambda: self._switch(next(switches))] * 6
            deck += [self._clock_forward, self._clock_back]
            self.chance.shuffle(deck)
            yield from deck

    def _later(self, seconds: float, deed: Callable[[], object]) -> None:
        def mend() -> None:
            threading.Event().wait(seconds)
            deed()

        thread = threading.Thread(target=mend, daemon=True)
        self.mending = [each for each in self.mending if each.is_alive()] + [thread]
        thread.start()

    def _is_up(self, name: str) -> bool:
        """Whether a program works again since its last start: killing what is still starting proves little."""
        program = self.stack.programs[name]
        if program.pid is None:
            return False
        if name == "web":
            return self.stack.serves()
        if name == "realtime":
            with socket.create_connection(("127.0.0.1", self.stack.realtime_port), timeout=2):
                return True
        since = time.time() - program.started_at
        return bool(
            self.stack.one(
                "select 1 from ledger_vouch where who = %s and at > clock_timestamp() - make_interval(secs => %s)",
                name,
                since,
            )
        )

    def _may_die(self, name: str, whose: str = "") -> bool:
        """Whether it works, so that killing it (or `whose`) proves something; the first time it is waited for."""
        if not self.kills[whose or name]:
            return until(lambda: self._is_up(name), f"{name} works", PATIENCE_S)
        return self._is_up(name)

    def _kill(self, name: str) -> None:
        program = self.stack.programs[name]
        if not self._may_die(name):
            return
        with self._marks_at_risk() if name == "worker" else nullcontext():
            program.kill()
        self.kills[name] += 1
        self._later(self.chance.uniform(0, 1.5), program.start)

    def _kill_postmaster(self) -> None:
        if not (self._may_die("web", "postmaster") and self._may_die("worker", "postmaster")):
            return
        pid = self.stack.cluster.pid
        if pid is None:
            return
        with self._marks_at_risk():
            os.kill(pid, signal.SIGKILL)
            self.kills["postmaster"] += 1
            threading.Event().wait(self.chance.uniform(0, 0.5))
            self._start_postgres()

    def _start_postgres(self) -> None:
        self.stack.cluster = postgres.start(self.stack.cluster.data, port=self.stack.cluster.port)

    def _cut_connections(self) -> None:
        found = self.stack.rows(
            "select pid, usename from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() order by pid"
        )
        for row in self.chance.sample(found, min(len(found), self.chance.randint(1, 6))):
            with self._marks_at_risk() if row["usename"] == "holdfast_worker" else nullcontext():
                self.stack.rows("select pg_terminate_backend(%s)", row["pid"])
            self.kills["connection"] += 1

    def _switches(self) -> Iterator[str]:
        names = [name for name in SWITCHES if name not in ("ok", "auto")]
        while True:
            self.chance.shuffle(names)
            yield from names

    def _switch(self, name: str) -> None:
        self.switched[name] += 1
        argument = {"late_receipts": ":2", "no_answer": ":1", "drip": ":0.7"}.get(name, "")
        if name in OF_A_NUMBER:
            number = self.chance.choice(self.numbers)
            self.people.lost.add(number)
            self.stack.company.switch_number(number, name + argument)
            self._later(self.chance.uniform(1, 4), lambda: self._well_again(number))
            return
        target = self.chance.choice(("sms", "voice", "*"))
        at_risk = [true_now(), datetime.max.replace(tzinfo=UTC)]
        if target != "voice":  # what the carrier says of a text may not reach us: the text is sent again
            self.marks_at_risk.append(at_risk)
        self.stack.company.switch(**{target: [name + argument, *self.chance.choice(([], ["doubled_receipts"]))]})

        def mend() -> None:
            self.stack.company.switch(**{target: "ok"})
            at_risk[1] = true_now()

        self._later(self.chance.uniform(0.5, 4), mend)

    @contextmanager
    def _marks_at_risk(self) -> Iterator[None]:
        """Whoever sends while this is done may not come to write it down."""
        at_risk = [true_now(), datetime.max.replace(tzinfo=UTC)]
        self.marks_at_risk.append(at_risk)
        try:
            yield
        finally:
            at_risk[1] = true_now()

    def _well_again(self, number: str) -> None:
        self.stack.company.switch_number(number, "ok")
        self._try(lambda: self.stack.company.reply(number, "START"))

    def _clock_forward(self) -> None:
        self._move(HOUR)
        self.clock_hours += 1
        self._count("clock an hour forward")

    def _clock_back(self) -> None:
        self._move(-HOUR)
        self.clock_hours -= 1
        self._count("clock an hour back")

    # ------------------------------------------------------------ after

    def _mend_everything(self) -> None:
        if self.stack.cluster.pid is None:
            self._start_postgres()
        for program in self.stack.programs.values():
            if program.pid is None:
                program.start()
        until(lambda: self.stack.company.all_well() is None, "the switches are off")
        self.stack.ready()
        for number in self.numbers:
            until(lambda number=number: self.stack.company.reply(number, "START"), f"{number} is back")  # type: ignore[misc]
        self.people.lost.clear()

    def _settle(self) -> None:
        """Staff answer everything now, and lead it to its end; nothing more is broken. Until every crisis has landed."""
        # What the clock was set back by has to be lived through once more before a time is later than those before.
        self._move(max(timedelta(0), self.latest - self.stack.one("select holdfast_now()")) + timedelta(minutes=1))
        told = moved = time.monotonic()
        over = told + PATIENCE_S + self.crises * 1.0
        while time.monotonic() < over:
            self._try(lambda: self.stack.act("tests.faults.deeds:tidy_tasks"))
            waiting = self._open()
            if not any(waiting.values()):
                return
            if time.monotonic() - told > 30:
                told = time.monotonic()
                self.say("  still open: " + ", ".join(f"{what} {n}" for what, n in waiting.items() if n))
            # Nobody sits through the waits of a real night: once all calls and texts have left, the clock goes on by half a
            # minute. Sooner, and it would only have a thousand calls meet busy lines again and again.
            if time.monotonic() - moved > LONGEST_QUEUE_S or not self.stack.one(NOT_SENT):
                self._move(timedelta(seconds=30))
                moved = time.monotonic()
            threading.Event().wait(0.5)
        self.say(f"  not calm in time: {self._open()}")

    def _open(self) -> dict[str, int]:
        return {row["what"]: row["n"] for row in self.stack.rows(OPEN)}


NOT_SENT: Final = "select 1 from notify_attempt where tries = 0 and due_at <= holdfast_now() limit 1"
OPEN: Final = """
    select 'unjudged' as what, count(*) as n from assessment_answer where judged_at is null
    union all select 'open', count(*) from crisis_episode where state <> 'closed'
    union all select 'paging', count(*) from oncall_paging where stopped_at is null and what = 'crisis'
"""
