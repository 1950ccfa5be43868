"""Staff who have somebody: press by press they reach the client, weigh, plan, settle, follow up, close.

Some of them through the real pages, which are killed under their hands, the others through the same actions that the
pages call; else a storm over a thousand crises would be a storm over one web server that is always just starting.

Each press carries its own number, as the page does. One that was not answered is pressed again with the same number,
as a person would: whatever was killed meanwhile, it must count once. Before each press the staff look what is next, so
a crisis that was given back to paging, taken by another or handed over is left to whoever has it then.
"""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import psycopg

from tests.stack import Hands, Stack

TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
THREADS: Final = 4  # each with a process of its own to act in, so that nobody waits for another's hands
AGAIN: Final = 12  # times a press that nobody answered is pressed again
BY_PAGES: Final = 0.3  # of the crises are led through the pages
TALKED: Final = {"do": "try", "result": "reached", "how": "phone", "note": ""}
COURSE: Final = 14  # presses after which somebody looks up, landed or not
SOMEBODY_HAS: Final = "select id from crisis_episode where state in ('owned', 'reached', 'settled') order by random()"
# What is next for a crisis that somebody has: everything a member of staff sees on its page.
NEXT: Final = """
    select e.uid::text as uid, e.state, e.owner_id, e.risk_level, e.plan_reviewed_at, o.uid::text as owner,
           c.timezone, holdfast_now() as now, a.uid::text as ask, a.to_id as asked,
           exists (select from crisis_try t where t.episode_id = e.id and t.result = 'reached'
                   and t.at >= e.settled_at + (e.next_contact_at - e.settled_at) / 2) as followed_up,
           coalesce(holdfast_now() < e.settled_at + (e.next_contact_at - e.settled_at) / 2, false) as too_early
    from crisis_episode e join people_client c on c.id = e.client_id join people_staff o on o.id = e.owner_id
    left join crisis_ask a on a.episode_id = e.id and a.kind = 'hand_over' and a.answer = ''
    where e.id = %s and e.state in ('owned', 'reached', 'settled')
"""


def _soon(now: datetime, zone: ZoneInfo) -> datetime:
    """A few minutes on, in words of the client's clock; later where those words would name two moments or none."""
    for ahead in (timedelta(minutes=5), timedelta(hours=3)):
        local = (now + ahead).astimezone(zone)
        if abs(local.replace(fold=0).astimezone(UTC) - (now + ahead)) < timedelta(minutes=1):
            return local
    return local


@dataclass
class AtWork:
    """A few threads of staff at their desks, from `with` to its end. `diligent`: no hand-overs, no missed calls."""

    stack: Stack
    people: Mapping[int, tuple[str, str]]  # staff id -> e-mail, uid
    seed: int
    diligent: bool = False
    pressed: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> AtWork:
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._busy: set[int] = set()
        self._desks: dict[int, dict[str, str]] = {}
        self._threads = [
            threading.Thread(target=self._run, args=(n, random.Random(self.seed + n)), daemon=True)
            for n in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _run(self, number: int, chance: random.Random) -> None:
        with self.stack.more_hands(f"desk{number}") as hands, httpx.Client(base_url=self.stack.url, timeout=15) as http:
            while not self._stop.is_set():
                try:
                    led = self._lead_one(hands, http, chance)
                except (psycopg.Error, httpx.HTTPError, OSError, AssertionError) as trouble:
                    self._note(f"broken off: {type(trouble).__name__}")
                    led = False
                self._stop.wait(0.0 if led else 0.3)

    def _note(self, what: str) -> None:
        with self._lock:
            self.pressed[what] += 1

    def _lead_one(self, hands: Hands, http: httpx.Client, chance: random.Random) -> bool:
        """One crisis, as far as it goes; False where nobody has anything that is not being worked on."""
        found = [row["id"] for row in self.stack.rows(SOMEBODY_HAS)]
        with self._lock:
            mine = next((number for number in found if number not in self._busy), None)
            if mine is None:
                return False
            self._busy.add(mine)
        try:
            pages, followed, refused, again = chance.random() < BY_PAGES, False, False, False
            for _ in range(COURSE):
                row = next(iter(self.stack.rows(NEXT, mine)), None)
                if row is None or self._stop.is_set():
                    break
                if row["state"] == "settled" and row["too_early"] and not row["followed_up"]:
                    break  # the agreed contact is not made before its time
                who, form = self._next(row, chance)
                if who not in self.people:
                    break
                if form["do"] == "try" and row["state"] == "settled" and followed:
                    break  # the clock was set back: until it has caught up, no try is later than the settling
                if form["do"] == "settle" and refused:
                    if again:
                        break  # as above: the clock was set back
                    form, again = dict(TALKED), True  # news came after the talk: they talk again
                followed = row["state"] == "settled"
                form = {**form, "once": str(uuid4())}
                if pages:
                    done = self._press(http, who, row["uid"], form, chance)
                else:
                    said = hands.do("tests.faults.deeds:press", {"uid": row["uid"], "who": who, "form": form})
                    self._note(f"{form['do']}, by act: {said}")
                    done = said == "done"
                refused = form["do"] == "settle" and not done
        finally:
            with self._lock:
                self._busy.discard(mine)
        return True

    def _next(self, row: Mapping[str, Any], chance: random.Random) -> tuple[int, dict[str, str]]:
        """Who presses what next."""
        luck = 1.0 if self.diligent else chance.random()
        if row["ask"]:
            return row["asked"], {"do": "decline" if luck < 0.2 else "accept", "ask": row["ask"]}
        me = row["owner_id"]
        if luck < 0.06:
            others = [uid for staff, (_, uid) in self.people.items() if staff != me]
            return me, {"do": "hand_over", "to": chance.choice(others), "why": "my line breaks"}
        if luck < 0.09:
            return me, {"do": "note", "note": "they are at home"}
        if row["state"] == "owned" and luck < 0.25:
            return me, {"do": "try", "result": "no_answer", "how": "phone", "note": ""}
        return me, self._towards_the_end(row)

    def _towards_the_end(self, row: Mapping[str, Any]) -> dict[str, str]:
        if row["state"] == "owned" or (row["state"] == "settled" and not row["followed_up"]):
            return dict(TALKED)
        if not row["risk_level"]:
            return {"do": "formulate", "level": "moderate", "rationale": "as we spoke", "plan": "a call tomorrow"}
        if row["plan_reviewed_at"] is None:
            return {"do": "plan", "noted": "gone through together"}
        if row["state"] == "settled":
            return {"do": "close"}
        soon = _soon(row["now"], ZoneInfo(row["timezone"]))
        ended = {"disposition": "safe_with_plan", "by": row["owner"], "words": ""}
        return {"do": "settle", "day": soon.date().isoformat(), "hour": f"{soon:%H:%M}", **ended}

    def _press(self, http: httpx.Client, who: int, uid: str, form: dict[str, str], chance: random.Random) -> bool:
        """Press until somebody answers; now and then the thumb presses twice. Whether it was done."""
        twice = chance.random() < 0.05
        for _ in range(AGAIN):
            said = self._post(http, who, uid, form)
            if said in (302, 409) and not twice:
                return said == 302
            twice = False if said in (302, 409) else twice
            if self._stop.wait(0.05 if said in (302, 409) else 0.3):
                return False
        self._note(f"{form['do']}: nobody answered")
        return False

    def _post(self, http: httpx.Client, who: int, uid: str, form: dict[str, str]) -> int:
        try:
            desk = self._desks.get(who) or self._sits_down(http, who)
            http.cookies.clear()
            cookie = {"Cookie": desk["cookies"], "Referer": self.stack.url, "Origin": self.stack.url}
            sent = {"csrfmiddlewaretoken": desk["token"], **form}
            said = http.post(f"/team/crisis/{uid}", data=sent, headers=cookie).status_code
        except httpx.HTTPError:
            said = 0
        self._note(f"{form['do']}: {said or 'no answer'}")
        return said

    def _sits_down(self, http: httpx.Client, who: int) -> dict[str, str]:
        """Signed in, with the token of a form."""
        email, _ = self.people[who]
        session = self.stack.act("tests.acts:session", email=email)
        http.cookies.clear()
        page = http.get("/team/me/", headers={"Cookie": f"sessionid={session}"})
        token = TOKEN.search(page.text)
        if token is None:
            raise httpx.HTTPError(f"no form on the page: {page.status_code}")
        cookies = "; ".join([f"sessionid={session}", *(f"{name}={value}" for name, value in page.cookies.items())])
        desk = {"cookies": cookies, "token": token[1]}
        with self._lock:
            self._desks[who] = desk
        return desk
