"""Staff with telephones, answering as people do: yes, no, nonsense, late, or not at all."""

from __future__ import annotations

import heapq
import random
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from tests.stack import PhoneCompany

CODE = re.compile(r"\b(\d{4})\b")
KEYS = re.compile(r"[Pp]ress (\d) if you (have|can)")
NONSENSE = ("who is this", "driving, back at 1530", "ok", "??", "yes 12")


@dataclass
class Handsets:
    """A thread that looks at every handset. `diligent` answers everything with yes, at once."""

    url: str
    chance: random.Random
    diligent: bool = False
    lost: set[str] = field(default_factory=set)
    said: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> Handsets:
        self._stop = threading.Event()
        self._company = PhoneCompany(self.url)
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._count = 0
        self._seen = 0
        self._calls: set[str] = set()
        self._people = ThreadPoolExecutor(6)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)
        self._people.shutdown(wait=True, cancel_futures=True)
        self._company.close()

    def _run(self) -> None:
        while not self._stop.wait(0.1):
            try:
                self._look()
            except httpx.HTTPError:
                continue

    def _look(self) -> None:
        for entry in self._company.log(after=self._seen):
            self._seen = max(self._seen, entry["order"])
            if entry["channel"] == "sms" and entry["from"] != entry["to"]:
                self._heard_text(entry["to"], entry["text"])
            elif entry["channel"] == "voice":
                self._later(lambda sid=entry["id"]: self._answer_call(sid))  # type: ignore[misc]
        while self._due and self._due[0][0] <= time.monotonic():
            self._people.submit(self._do, heapq.heappop(self._due)[2])

    def _do(self, deed: Callable[[], object]) -> None:
        with suppress(httpx.HTTPError):  # the pages were away when the carrier called; the paging goes on
            deed()

    def _later(self, deed: Callable[[], object]) -> None:
        self._count += 1
        wait = 0.05 if self.diligent else self.chance.choice((0.1, 0.4, 0.8, 2.0, 4.0))
        heapq.heappush(self._due, (time.monotonic() + wait, self._count, deed))

    def _note(self, what: str) -> None:
        self.said[what] = self.said.get(what, 0) + 1

    def _heard_text(self, number: str, text: str) -> None:
        codes = CODE.findall(text.split("http", maxsplit=1)[0])
        if "eply" not in text or not codes:
            return
        luck = 0.0 if self.diligent else self.chance.random()
        if luck < 0.55:
            self._reply(number, " ".join(codes), "have")
        elif luck < 0.70:
            self._reply(number, "NO " + " ".join(codes), "cannot")
        elif luck < 0.78:
            self._reply(number, self.chance.choice(NONSENSE), "nonsense")
        elif luck < 0.80 and number not in self.lost:
            self.lost.add(number)
            self._reply(number, "STOP", "stop")

    def _reply(self, number: str, body: str, what: str) -> None:
        self._note(what)
        self._later(lambda: self._company.reply(number, body))

    def _answer_call(self, sid: str) -> None:
        if not self.diligent and self.chance.random() < 0.4:
            return
        heard = self._company.pick_up(sid)
        for _ in range(4):
            keys = {meaning: digit for digit, meaning in KEYS.findall(" ".join(heard.get("said", [])))}
            if not heard.get("waiting_for_digits") or "have" not in keys:
                return
            wish = "have" if self.diligent or self.chance.random() < 0.7 else "can"
            self._note(f"key {wish}")
            heard = self._company.press(sid, keys[wish])

    def start_again(self) -> None:
        """Whoever had said STOP wants to be reached again."""
        for number in list(self.lost):
            self._company.reply(number, "START")
        self.lost.clear()
