"""H-179: a whole crisis with words in every field that nobody else says, and then a search in everything that left.

What left: texts, calls, pushes and mails as the telephone company saw them; every log of every program; addresses and
titles; bells; health and metrics; the database's columns, its files and its log; files of the machine.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest

from tests.attack.deeds import FRANK, MARK
from tests.flows.night import Night, at_two_in_the_morning, words_of
from tests.stack import Stack

ANAS_NUMBER = "5205550118"
FOLLOWED = {"Sec-Fetch-Site": "same-origin"}
DEEDS = "tests.attack.deeds:"
SECRET = re.compile(rf"{MARK}|{ANAS_NUMBER}|{FRANK}", re.IGNORECASE)
BELL = re.compile(r"[a-z]{1,12}|live:board:\d+|live:episode:[0-9a-f-]{36}")
CONDITIONS = re.compile(r"suicid|self-harm|crisis|phq|asq|risk|depress|alcohol|drug|therap", re.IGNORECASE)


@dataclass
class Left:
    """A whole crisis, over; the addresses that were asked for, and the bells that rang."""

    night: Night
    addresses: list[str]
    rung: list[str]

    @property
    def stack(self) -> Stack:
        return self.night.stack


@pytest.fixture(scope="module")
def left(stack: Stack) -> Left:
    """Once for this file: a night is long."""
    made = Left(at_two_in_the_morning(stack), [], [])
    stack.act("tests.acts:night_shift")
    with psycopg.connect(stack.superuser_url, autocommit=True) as bell:
        bell.execute("listen holdfast_wake")
        the_whole_night(made.night, made.addresses)
        made.night.passes(minutes=2)
        assert stack.company.log(channel="email", wait=20)
        made.rung = [heard.payload for heard in bell.notifies(timeout=0.2)]
    return made


def press(night: Night, path: str, **fields: str) -> httpx.Response:
    answer = night.cal.posts(path, **fields)
    assert answer.status_code == 302, (fields, answer.status_code, re.findall(r'class="refusal.*?</', answer.text)[:2])
    return answer


def the_whole_night(night: Night, addresses: list[str]) -> None:
    """From a worrying answer to a landing, with words wherever words can be written."""
    stack = night.stack
    for client in (night.cal.browser,):
        client.event_hooks["response"].append(lambda r: addresses.extend([str(r.url), r.headers.get("location", "")]))
    stack.act(DEEDS + "seed")
    stack.act("tests.flows.deeds:push", who="cal", subscription=stack.company.push_device("cal-tablet"))
    night.ana.opens()
    night.ana.answers("7", f"{MARK}rain")
    night.ana.answers("6", "not safe", **{"item-7": f"{MARK}dark"})
    with stack.browser() as stranger:
        four = {"name": f"{MARK}caller", "phone": "520 555 0137", "words": f"{MARK}heard", "place": f"{MARK}where"}
        assert stranger.post("/help/stranger", data={**four, "program": "juniper"}).status_code == 302
    ana = stack.one("select id from people_client order by id limit 1")
    uid = night.wait_for(
        lambda: stack.one("select uid from crisis_episode where client_id = %s", ana), "Ana's crisis is open"
    )
    night.cal.hears()
    night.cal.hangs_up()
    stack.company.reply("+15205550118", f"I am {MARK}texting, stop calling me")
    stack.company.reply("+15205550777", f"{MARK}unknown writes")
    night.cal.replies(night.cal.code())
    here = f"/team/crisis/{uid}"
    night.cal.opens(here)
    if stack.one("select owner_id from crisis_episode where uid = %s", uid) is None:
        press(night, here, do="take")
    press(night, here, do="note", note=f"{MARK}note", once=str(uuid4()))
    press(night, here, do="try", result="no_answer", how="phone", note=f"{MARK}voicemail", once=str(uuid4()))
    press(night, here, do="try", result="reached", how="phone", note=f"{MARK}talked", once=str(uuid4()))
    press(night, here, do="give_back", reason=f"{MARK}tired")
    press(night, here, do="take")
    press(night, here, do="try", result="reached", how="phone", note=f"{MARK}again", once=str(uuid4()))
    with night.ana.signed_in() as phone:
        for path in ("/today", "/plan", "/plan/kept", "/check-in", "/help"):
            addresses.extend([str((a := phone.get(path, headers=FOLLOWED)).url), a.headers.get("location", "")])
    there = (night.now + timedelta(hours=5)).astimezone(ZoneInfo("America/Phoenix"))
    press(
        night,
        here,
        do="settle",
        disposition="safe_with_plan",
        day=f"{there:%Y-%m-%d}",
        hour=f"{there:%H:%M}",
        by=stack.act(DEEDS + "colleague", who="bea"),
        words=f"{MARK}settled",
    )
    press(night, here + "/after", do="write", text=f"{MARK}lookingback", based_on="0")
    refused = night.cal.posts(here, do="no such button", note=f"{MARK}refused")
    assert refused.status_code == 400
    for path in (f"/team/{MARK}", f"/team/crisis/{MARK}", f"/{MARK}?q={MARK}"):
        gone = night.cal.browser.get(path)
        assert gone.status_code == 404
        assert MARK not in words_of(gone.text)  # an error page says nothing of what was asked
    with stack.browser() as lost:
        lost.post(f"/answer/{MARK}/", data={"item-7": f"{MARK}lost"})
        lost.post("/sign-in/", data={"login": f"{MARK}@clients.example", "password": f"{MARK}password"})


def in_clear(stack: Stack) -> dict[str, list[str]]:
    """Every row of every table that holds one of the words, as whoever owns the database reads it."""
    found: dict[str, list[str]] = {}
    with psycopg.connect(stack.superuser_url, autocommit=True) as server:
        tables = server.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        for (table,) in tables:
            rows = server.execute(f'select t::text from public."{table}" t').fetchall()  # type: ignore[arg-type]
            held = [row for (row,) in rows if SECRET.search(row)]
            if held:
                found[table] = held
        server.execute("checkpoint")
    return found


def test_nothing_of_anybody_leaves_during_a_whole_crisis(left: Left) -> None:
    """Texts, calls, pushes and mails; logs; addresses, titles and links; bells; health and metrics; the database."""
    seen = what_ana_s_page_shows(left)
    neutral_words_went_out(left)
    no_log_holds_a_word(left)
    assert len(left.rung) > 5
    assert [each for each in left.rung if not BELL.fullmatch(each)] == []
    no_address_or_title_holds_a_word(left, seen)
    no_number_tells_of_anybody(left)
    assert in_clear(left.stack) == {}
    facts = left.stack.rows("select kind, data::text as data from ledger_fact")
    assert len(facts) > 20
    for fact in facts:
        for value in re.findall(r'"([^"]*)"', fact["data"]):
            assert len(value) < 80, (fact["kind"], value)  # ids and words of fixed lists


def what_ana_s_page_shows(left: Left) -> str:
    """It is there for whoever may read it."""
    uid = left.stack.one("select uid from crisis_episode where settled_at is not null")
    shown: str = left.night.cal.browser.get(f"/team/crisis/{uid}").text
    assert f"{MARK}note" in shown
    assert f"{MARK}settled" in shown
    return shown


def neutral_words_went_out(left: Left) -> None:
    entries = left.stack.company.log()
    assert {entry["channel"] for entry in entries} >= {"sms", "voice", "push", "email"}
    for entry in entries:
        if entry["text"].startswith(("I am", MARK)):
            continue  # what Ana and somebody unknown wrote themselves, on the way in
        said = json.dumps({key: value for key, value in entry.items() if key not in ("to", "from")})
        assert not SECRET.search(said), entry
        theirs = entry["to"].endswith(("5205550118", "5205550777"))
        if not theirs:  # what is said back to a client names us as no emergency service
            assert not CONDITIONS.search(re.sub(r"https?://\S+", "", entry["text"])), entry["text"]


def no_log_holds_a_word(left: Left) -> None:
    for log in left.stack.logs.iterdir():
        if log.name != "telephone.log":  # the company's own, outside
            found = SECRET.search(log.read_text(errors="replace"))
            assert not found, (log.name, found)


def no_address_or_title_holds_a_word(left: Left, shown: str) -> None:
    assert len(left.addresses) > 20
    ours = [each for each in left.addresses if f"/{MARK}" not in each]  # less those that the test made up itself
    assert [each for each in ours if SECRET.search(each)] == []
    links = re.findall(r'(?:href|src|action|hx-get)="([^"]*)"', shown)
    assert [link for link in links if SECRET.search(link) and not link.startswith(("tel:", "sms:"))] == []
    titles = re.findall(r"<title>(.*?)</title>", shown, re.DOTALL)
    assert titles
    assert not any(SECRET.search(title) for title in titles)


def no_number_tells_of_anybody(left: Left) -> None:
    with left.stack.browser() as outside:
        assert not SECRET.search(outside.get("/healthz").text)
    numbers = httpx.get(f"http://127.0.0.1:{left.stack.web_port}/metrics", timeout=30)
    assert numbers.status_code == 200
    assert not SECRET.search(numbers.text)


def test_nothing_of_anybody_lies_in_clear_in_a_file(left: Left) -> None:
    """The database's own files and log, temporary files, what the programs write: a stolen disk says no word."""
    assert in_clear(left.stack) == {}  # and all of it is on the disk
    found = subprocess.run(
        [
            "grep",
            "--recursive",
            "--text",
            "--files-with-matches",
            "--extended-regexp",
            f"{MARK}|{FRANK}",
            str(left.stack.folder),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode in (0, 1), found.stderr
    assert [path for path in found.stdout.splitlines() if not path.endswith("telephone.log")] == []


def test_what_leaves_names_nobody_when_something_breaks(left: Left) -> None:
    """An error that nobody foresaw, with words in the request: the log says where, never what."""
    stack = left.stack
    with stack.browser() as phone:
        for _ in range(2):
            phone.post(
                "/answer/1.1.00000000000000000000000000000000.0.AAAA/",
                content=b"item-7=" + MARK.encode() + b"%ff" * 100,
                headers={"Content-Type": "multipart/form-data; boundary=x"},
            )
            phone.get("/password/reset/1-" + MARK + "/")
            phone.get("/live?topic=" + MARK)
    left.night.cal.browser.post("/team/me/", data={"do": "push", "subscription": MARK})
    for program in stack.programs.values():
        assert MARK not in program.log.read_text(errors="replace"), program.name
