"""A press that met another transaction in the database is done once more before anything is said to whoever pressed."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import Client as Browser
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from holdfast.assessment import actions as assessment
from holdfast.assessment.models import Answer, HelpCall
from holdfast.crisis import actions as crisis
from holdfast.crisis import voices
from holdfast.crisis.models import Episode, Signal, Voice
from holdfast.entry.tests.database import Database
from holdfast.ledger.again import again
from holdfast.ledger.scope import program_scope
from holdfast.people import bringing
from holdfast.people.models import CareTeamMember, Client, Staff, TableBrought
from holdfast.people.rules import Standing
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.records import going, keeping
from holdfast.records.models import Deletion
from holdfast.records.tests.test_going import LONG, in_force
from holdfast.web import signed
from holdfast.web.client import answers
from holdfast.web.client.help import SALT

CROSS = "allauth.account.auth_backends.AuthenticationBackend"
OURS = {"HTTP_SEC_FETCH_SITE": "same-origin"}


class Meeting:
    """Another transaction that holds what the press takes second, and wants what the press took first.

    It waits for ever, so the database ends the press, every time. What it did itself is undone in the end.
    """

    def __init__(self, url: str, holds: str, wants: str) -> None:
        self.url, self.holds, self.wants = url, holds, wants
        self.met = 0
        self.ready, self.now_want = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        assert self.ready.wait(20)

    def _run(self) -> None:
        with psycopg.connect(self.url) as other:
            other.execute("set deadlock_timeout = '1h'")  # it never finds out, so it is never the one that is ended
            other.execute(self.holds)
            self.pid = other.info.backend_pid
            self.ready.set()
            self.now_want.wait(60)
            other.execute(self.wants)
            other.rollback()

    def before(self, second: Callable[..., Any]) -> Callable[..., Any]:
        """The step of the press that takes the second lock, with the meeting arranged before its first time."""

        def step(*args: Any, **kwargs: Any) -> Any:
            self.met += 1
            if self.met == 1:
                self.now_want.set()
                self._wait_until_it_waits()
            return second(*args, **kwargs)

        return step

    def _wait_until_it_waits(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as looking:
            asked = "select wait_event_type = 'Lock' from pg_stat_activity where pid = %s"
            while not looking.execute(asked, [self.pid]).fetchone()[0]:
                threading.Event().wait(0.02)


def a_night(slug: str, phones: str) -> tuple[Cast, Episode, HelpCall]:
    """Ana's crisis is open, and nobody has it yet."""
    with transaction.atomic():
        cast = make_cast(slug, phones=phones)
        cast.night_shift()
        call = assessment.ask_for_help(cast.ana, "session", cast.now)
        return cast, Episode.objects.get(client=cast.ana), call


def of_client(cast: Cast) -> str:
    return f"select from people_client where id = {cast.ana.id} for no key update"


def of_crisis(episode: Episode) -> str:
    return f"select from crisis_episode where id = {episode.id} for update"


@pytest.mark.role("web")
def test_i_need_help_now_is_tried_once_more(
    transactional_db: None, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast, episode, _ = a_night("again-help", "7")
    meeting = Meeting(database.superuser_url, of_crisis(episode), of_client(cast))
    monkeypatch.setattr(crisis, "_open_episode", meeting.before(crisis._open_episode))
    browser = Browser()
    browser.force_login(cast.ana.user, CROSS)
    answer = browser.post("/help/now", **OURS)
    meeting.thread.join(20)
    assert (answer.status_code, meeting.met) == (302, 2)
    assert answer.url.startswith("/help/call/")
    with program_scope(cast.program.id):
        assert HelpCall.objects.count() == 2, "the first of that night, and this one once"
        assert Signal.objects.filter(episode=episode).count() == 2


@pytest.mark.role("web")
@pytest.mark.parametrize(("say", "phones"), [("worse", "8"), ("text", "9"), ("safe", "3")])
def test_what_she_says_of_it_is_tried_once_more(
    transactional_db: None, database: Database, monkeypatch: pytest.MonkeyPatch, say: str, phones: str
) -> None:
    cast, episode, call = a_night(f"again-{say}", phones)
    meeting = Meeting(database.superuser_url, of_crisis(episode), of_client(cast))
    place, name = (crisis, "_open_episode") if say == "worse" else (voices.Voice.objects, "filter")
    monkeypatch.setattr(place, name, meeting.before(getattr(place, name)))
    here = "/help/call/" + signed.write(SALT, signed.Token(cast.program.id, cast.ana.id, call.uid, cast.now))
    answer = Browser().post(here, {"say": say})
    meeting.thread.join(20)
    monkeypatch.undo()
    assert (answer.status_code, answer.headers.get("Location"), meeting.met) == (302, here, 2)
    with program_scope(cast.program.id):
        assert [voice.said for voice in Voice.objects.all()] == [say]


@pytest.mark.role("web")
def test_an_answer_is_tried_once_more(
    transactional_db: None, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast, _, _ = a_night("again-answer", "2")
    with program_scope(cast.program.id) as now:
        form = assessment.start_response(cast.program.id, cast.ana.id, "phq-9", now)
    # A worrying answer opens the next screen, which points at the client.
    client, response = (
        f"select from {table} where id = {row} for update"
        for table, row in (("people_client", cast.ana.id), ("assessment_response", form.id))
    )
    meeting = Meeting(database.superuser_url, client, response)
    monkeypatch.setattr(assessment, "_ask_what_follows", meeting.before(assessment._ask_what_follows))
    here = answers.address(cast.program.id, cast.ana.id, form.uid, cast.now)
    answer = Browser().post(here, {"asked": "9", "item-9": "1"})
    meeting.thread.join(20)
    assert (answer.status_code, meeting.met) == (302, 2)
    with program_scope(cast.program.id):
        assert Answer.objects.filter(response=form).count() == 1


def at_once(
    press: Callable[[Browser], HttpResponse], by: Staff, monkeypatch: pytest.MonkeyPatch, place: Any, step: str
) -> list[int]:
    """Two presses that both came to `place.step` before either had written. What each was answered."""
    real, both, answers = getattr(place, step), threading.Barrier(2), []

    def meets(*args: Any, **kwargs: Any) -> Any:
        with suppress(threading.BrokenBarrierError):
            both.wait(2)
        return real(*args, **kwargs)

    def run() -> None:
        browser = Browser(raise_request_exception=False)
        browser.force_login(by.user, CROSS)
        try:
            answers.append(press(browser).status_code)
        finally:
            connection.close()

    monkeypatch.setattr(place, step, meets)
    threads = [threading.Thread(target=run) for _ in "ab"]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    return sorted(answers)


@pytest.mark.role("web")
def test_two_who_add_the_same_colleague_at_once_are_both_answered(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction.atomic():
        cast = make_cast("again-staff", phones="6")
    form = {
        "name": "Nora Bell",
        "email": "nora@juniper.example",
        "role": "clinician",
        "discipline": "nurse",
        "languages": "en",
        "since": f"{cast.now:%Y-%m-%d}",
        "phone": "+15205550661",
        "second": "nora@desk.example",
        "licences": "AZ:RN1:2099-01-01",
        "credential": "RN",
    }
    given = at_once(lambda by: by.post("/program/staff/", form), cast.adam, monkeypatch, bringing, "not_beyond")
    assert given == [302, 400], "the second is told that she is here already"
    with program_scope(cast.program.id):
        assert Staff.objects.filter(name="Nora Bell").count() == 1


@pytest.mark.role("web")
def test_two_who_approve_one_deletion_at_once_are_both_answered(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction.atomic():
        cast = make_cast("again-deletion", phones="5")
        in_force(cast)
        Client.objects.filter(id=cast.ana.id).update(standing=Standing.DISCHARGED, standing_since=cast.now - LONG)
        CareTeamMember.objects.update(since=(cast.now - 2 * LONG).date(), until=(cast.now - LONG).date())
    with program_scope(cast.program.id) as now:
        due = [f"{one.client.uid}.{one.kind}" for one in keeping.to_go(cast.program, now)]
    form = {"do": "approve", "sure": "yes", "row": due[:1]}
    given = at_once(lambda by: by.post("/program/retention", form), cast.dia, monkeypatch, going, "today_of")
    assert given == [302, 409], "the second is told that it stands approved"
    with program_scope(cast.program.id):
        assert Deletion.objects.count() == 1


def test_a_file_is_read_again_when_its_press_is_done_once_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tries = bringing.keep_table, []

    def meets(*args: Any) -> TableBrought:
        tries.append(args[2])
        if len(tries) == 1:
            raise OperationalError("met") from DeadlockDetected("met")
        return real(*args)

    monkeypatch.setattr(bringing, "keep_table", meets)
    browser = Browser()
    browser.force_login(cast.dia.user, CROSS)
    title = b"name,email,role,discipline,since,licences,phone,second contact\n"
    file = SimpleUploadedFile("staff.csv", title + b"Nora Bell,nora@juniper.example,clinician,nurse,2024-01-02,,,\n")
    assert browser.post("/program/files/staff/", {"file": file}).status_code == 302
    assert len(tries) == 2
    assert tries[0] == tries[1] != ""


def failing(cause: type[Exception], times: int) -> Callable[[], int]:
    """Work that fails so many times and then says how often it was done."""
    done = []

    def work() -> int:
        done.append(1)
        if len(done) <= times:
            raise (IntegrityError if cause is UniqueViolation else OperationalError)("no") from cause("no")
        return len(done)

    return work


@pytest.mark.parametrize("cause", [DeadlockDetected, SerializationFailure, UniqueViolation])
def test_it_is_done_twice_more_and_no_oftener(cause: type[Exception]) -> None:
    assert again(failing(cause, 1)) == 2
    assert again(failing(cause, 2)) == 3
    with pytest.raises((IntegrityError, OperationalError)):
        again(failing(cause, 3))


def test_any_other_failure_is_said_at_once() -> None:
    work = failing(ConnectionError, 1)
    with pytest.raises(OperationalError):
        again(work)
    assert work() == 2
