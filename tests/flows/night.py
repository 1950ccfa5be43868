"""The night of the flow tests: the cast, their phones, and a clock that the test moves.

night.ana.answers("6", "not safe")     Ana taps an answer; returns the page she is led to
night.cal.text()                       waits for the next text on Cal's phone
night.cal.replies("4711")              Cal answers it; returns the words that come back
night.cal.hears()                      Cal picks up the call that rings; returns what it says
night.passes(minutes=2)                Holdfast's clock moves; nothing real waits
night.owner, night.asked, night.paging what is so in the database
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
import psycopg

from tests.stack import Stack

CODE: Final = re.compile(r"Reply (\d{4}) if")
KEYS: Final = re.compile(r"Press (\d) if you have this\. Press (\d) if you cannot\.")
ABOUT_THE_ROTA: Final = "Please look at the rota."  # a gap of the cover is told besides; tests of it look for it
SILENT: Final = "update ledger_vouch set at = clock_timestamp() - interval '21 seconds' where who = %s"
HERE: Final = ZoneInfo("America/Phoenix")
# The last two questions of the daily check-in, as Ana taps them.
WORDS: Final = {"safe": "0", "not sure": "1", "not safe": "2", "yes": "1", "no": "0"}


def words_of(page: str) -> str:
    """What a person reads on a page: no tags, no folds, one space between words."""
    page = re.sub(r"<(script|style|head|noscript)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page))).strip()


def code_in(text: str) -> str:
    """The one number that this text asks to be answered with."""
    found = CODE.search(text)
    assert found, f"no number to reply with: {text}"
    return found[1]


def keys_in(spoken: str) -> tuple[str, str]:
    """The two keys that a call names first: "I have this" and "I cannot"."""
    found = KEYS.search(spoken)
    assert found, f"no keys to press: {spoken}"
    return found[1], found[2]


def codes_in(text: str) -> list[str]:
    """All the numbers that a text asks to be answered with, the link left out."""
    return list(dict.fromkeys(re.findall(r"\b\d{4}\b", text.partition("http")[0])))


@dataclass
class Colleague:
    """Somebody of the staff, with a phone in their pocket and a browser on the desk."""

    stack: Stack
    id: int
    uid: str
    name: str
    email: str
    phone: str
    read: int = field(default=0)  # up to where this phone's texts were read

    @property
    def first_name(self) -> str:
        return self.name.split()[0]

    # --- texts

    def text(self) -> str:
        """The next text that was not read yet, as soon as it is there. One about the rota alone is passed over."""
        while True:
            found = self.stack.company.log(channel="sms", to=self.phone, after=self.read, state="delivered", wait=30)
            assert found, f"no text reached {self.first_name} within 30 s"
            self.read = found[0]["order"]
            text = str(found[0]["text"])
            if ABOUT_THE_ROTA not in text or CODE.search(text):
                return text

    def mail(self, address: str) -> str:
        """The first mail there that is about somebody. One about the rota alone is passed over."""
        read = 0
        while True:
            found = self.stack.company.log(channel="email", to=address, after=read, wait=30)
            assert found, f"no mail reached {self.first_name} within 30 s"
            read = found[0]["order"]
            if ABOUT_THE_ROTA not in str(found[0]["text"]):
                return str(found[0]["text"])

    def code(self) -> str:
        """The number in the next text that asks for one."""
        while True:
            text = self.text()
            if CODE.search(text):
                return code_in(text)

    def replies(self, words: str) -> str:
        """Write a text to the program's number; the words that come back."""
        answer = self.stack.company.reply(self.phone, words)
        assert answer["webhook_status"] == 200, answer
        entries = self.stack.company.log(channel="sms", to=self.phone)
        self.read = max([self.read, *(entry["order"] for entry in entries)])
        return words_of(answer["webhook_body"])

    @property
    def texts(self) -> list[str]:
        """Every text that reached this phone so far, without those about the rota alone."""
        return [text for text in self.all_texts if ABOUT_THE_ROTA not in text or CODE.search(text)]

    @property
    def all_texts(self) -> list[str]:
        """Every text that reached this phone so far."""
        return [entry["text"] for entry in self.stack.company.log(channel="sms", to=self.phone)]

    # --- calls

    def rings(self) -> str:
        """The call that rings here now, as soon as it does."""
        return self.stack.company.call_to(self.phone)

    def hears(self) -> str:
        """Pick up the call that rings; what it says until it waits for a key."""
        return " ".join(self.stack.company.pick_up(self.rings())["said"])

    def presses(self, key: str) -> str:
        """Press a key in the call that is open; what is said next."""
        return " ".join(self.stack.company.press(self.rings(), key)["said"])

    def hangs_up(self) -> None:
        self.stack.company.hang_up(self.rings())

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every call to this phone so far."""
        return self.stack.company.log(channel="voice", to=self.phone)

    # --- the desk

    @cached_property
    def browser(self) -> httpx.Client:
        """Signed in. An attempt to write needs the form's own token, as in a real browser."""
        return self.stack.browser(self.email)

    def opens(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return words_of(answer.text)

    def posts(self, path: str, **fields: str) -> httpx.Response:
        """Press a button on one of the team's pages."""
        page = self.browser.get(path if path != "/team/" else "/team/me/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, f"no form on {path}"
        return self.browser.post(path, data={"csrfmiddlewaretoken": token[1], **fields})


@dataclass
class Ana:
    """The client, with the form that is open on her phone and no session at all unless she signs in."""

    stack: Stack
    cast: dict[str, Any]
    address: str = ""

    @property
    def id(self) -> int:
        return int(self.cast["ana"]["id"])

    def opens(self, instrument: str = "check-in") -> str:
        """A fresh form; the address that takes its answers."""
        self.address = self.stack.act("tests.acts:form", instrument=instrument)["address"]
        return self.address

    def answers(self, item: str, answer: str, **also: str) -> httpx.Response:
        """Tap one answer and go on. The form follows where the answer leads."""
        if not self.address:
            self.opens()
        fields = {"asked": item, f"item-{item}": WORDS.get(answer, answer), **also}
        with self.stack.browser() as phone:
            led = phone.post(self.address, data=fields)
        if led.status_code == 302:
            self.address = led.headers["location"].removesuffix("sent")
        return led

    def sees(self) -> str:
        """The page that says what became of it."""
        return self.reads(self.address + "sent")

    def reads(self, path: str) -> str:
        with self.stack.browser() as phone:
            answer = phone.get(path, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.status_code)
        return words_of(answer.text)

    def calls_for_help(self) -> None:
        """One press, from her session."""
        with self.signed_in() as phone:
            pressed = phone.post("/help/now", headers={"Sec-Fetch-Site": "same-origin"})
        assert pressed.status_code == 302, pressed.status_code

    def signed_in(self) -> httpx.Client:
        return self.stack.browser(self.cast["ana"]["email"])


@dataclass
class Night:
    """Everything that a flow test speaks about."""

    stack: Stack
    cast: dict[str, Any]
    ana: Ana
    bea: Colleague
    cal: Colleague
    priya: Colleague
    dia: Colleague
    adam: Colleague

    # --- time

    @property
    def now(self) -> datetime:
        found: datetime = self.stack.one("select holdfast_now()")
        return found

    def passes(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Time goes by, for every process at once."""
        self.stack.move_clock(timedelta(hours=hours, minutes=minutes, seconds=seconds))

    def wait_for(self, look: Any, awaited: str, patience_s: float = 30) -> Any:
        return self.stack.until(look, awaited, patience_s)

    # --- what is so

    @property
    def crises(self) -> list[dict[str, Any]]:
        """Every crisis with its owner's name, oldest first."""
        return self.stack.rows(
            "select e.*, s.name as owner from crisis_episode e left join people_staff s on s.id = e.owner_id order by e.id"
        )

    @property
    def crisis(self) -> dict[str, Any]:
        """The one crisis there is, as soon as it is there."""
        self.wait_for(lambda: self.crises, "a crisis is open")
        (found,) = self.crises
        return found

    @property
    def owner(self) -> str | None:
        name: str | None = self.crisis["owner"]
        return name

    @property
    def paging(self) -> dict[str, Any]:
        """The newest search for a human, as soon as there is one."""
        newest = "select * from oncall_paging order by id desc limit 1"
        found: dict[str, Any] = self.wait_for(lambda: self.stack.rows(newest), "somebody is sought")[0]
        return found

    @property
    def asked(self) -> list[str]:
        """First names of everyone asked in the newest search, in the order in which they were."""
        paging = self.paging["id"]
        rows = self.stack.rows(
            "select s.name from oncall_page g join people_staff s on s.id = g.staff_id where g.paging_id = %s order by g.id",
            paging,
        )
        return [row["name"].split()[0] for row in rows]

    def answer_of(self, who: Colleague) -> str | None:
        """What this person last said to a page: have, cannot, or nothing."""
        said: str | None = self.stack.one(
            "select answer from oncall_page where staff_id = %s order by id desc limit 1", who.id
        )
        return said

    def page_of(self, who: Colleague) -> str:
        """Where the link in this person's text leads, as soon as they are asked."""
        newest = "select uid from oncall_page where staff_id = %s order by id desc limit 1"
        uid = self.wait_for(lambda: self.stack.one(newest, who.id), f"{who.first_name} is asked")
        return f"/team/page/{uid}"

    def falls_silent(self, program: str) -> None:
        """This program dies, and it is 21 seconds ago that it last left word (in true time, not the moved clock)."""
        self.stack.programs[program].kill()
        self.stack.database.execute(SILENT, [program])

    def moves(self) -> list[tuple[str, str]]:
        """The crisis's moves, with their reasons."""
        rows = self.stack.rows(
            "select move, why from crisis_move where episode_id = %s order by number", self.crisis["id"]
        )
        return [(row["move"], row["why"]) for row in rows]

    def sends(self, who: Colleague | None = None) -> list[dict[str, Any]]:
        """Every try to reach staff about somebody, oldest first."""
        rows = self.stack.rows("select * from notify_attempt where for_what <> 'gap' order by id")
        return [row for row in rows if who is None or row["staff_id"] == who.id]

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """Nobody gets through to the database, and whoever was is thrown out."""
        with psycopg.connect(self.stack.cluster.superuser_url, autocommit=True) as server:
            server.execute("alter database holdfast allow_connections false")
            try:
                server.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'holdfast' and pid <> %s",
                    [self.stack.database.info.backend_pid],
                )
                yield
            finally:
                server.execute("alter database holdfast allow_connections true")
                self.stack.hands.stop()  # its connection was cut like all the others
        # A process that found the database away knocks again after a few seconds.
        self.wait_for(lambda: "We can’t see who is on" not in self.ana.reads("/help/juniper"), "pages find it again")

    def broken(self) -> set[str]:
        """The promises that do not hold now, as the operator's command says it."""
        return {promise["name"] for promise in self.stack.promises() if not promise["holds"]}


def at_two_in_the_morning(stack: Stack) -> Night:
    """A fresh program at 02:00 in Phoenix, everything running, nobody on duty yet."""
    for program in stack.programs.values():
        if program.pid is None:
            program.start()
    stack.ready()
    cast = stack.fresh()
    here = stack.one("select holdfast_now()").astimezone(HERE)
    two = here.replace(hour=2, minute=0, second=0, microsecond=0)
    stack.move_clock((two if two > here else two + timedelta(days=1)) - here)
    people = {name: Colleague(stack, **who) for name, who in cast["staff"].items()}
    return Night(stack, cast, Ana(stack, cast), **people)
