"""Once a day the head of a chain leaves the machine, by every way that is set; a day without one is said."""

import importlib.metadata
import json
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler
from django.db import connection

from holdfast.entry import anchoring
from holdfast.entry.postgres import free_port
from holdfast.ledger import scope
from holdfast.ledger.heads import HeadLine, heads_in
from holdfast.ledger.models import Head, Program, Seal
from holdfast.people.tests.cast import Cast

pytestmark = pytest.mark.role("worker")
HASH = bytes(range(32))


class Box(Handler):
    """A mail server that keeps what it is given, or refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Message] = []
        self.refusing = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - its name
        if self.refusing:
            return "451 not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def handle_message(self, message: Message) -> None:
        self.kept.append(message)


@pytest.fixture
def box(settings: Any) -> Iterator[Box]:
    made = Box()
    server = Controller(made, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.HOLDFAST_SMTP_URL = f"smtp://127.0.0.1:{server.port}"
    settings.HOLDFAST_MAIL_FROM = "desk@juniper.example"
    yield made
    server.stop()


@pytest.fixture
def empty(cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """A program with nothing sealed, in no demo, inside the transaction of the test."""
    settings.HOLDFAST_DEMO = False
    settings.HOLDFAST_LEDGER_FOLDER, settings.HOLDFAST_LEDGER_MAIL, settings.HOLDFAST_LEDGER_ANCHORS = "", [], []

    class InTheTest:
        def __init__(self, program: int) -> None:
            self.program = program

        def __enter__(self) -> None:
            scope.enter(self.program)

        def __exit__(self, *what: object) -> None:
            pass

    monkeypatch.setattr(anchoring, "program_scope", InTheTest)
    return cast


@pytest.fixture
def real(empty: Cast) -> Cast:
    """The same with a chain."""
    Seal.objects.create(program=empty.program, seq=3, what="fact", row_id=1, hash=HASH)
    return empty


def days(cast: Cast) -> list[tuple[str, date]]:
    scope.enter(cast.program.id)
    return list(Head.objects.order_by("id").values_list("way", "day"))


def today() -> date:
    return anchoring._today().date()


def earlier(cast: Cast, way: str, *ago: int) -> None:
    scope.enter(cast.program.id)
    for each in ago:
        when = anchoring._today() - timedelta(days=each)
        Head.objects.create(program=cast.program, day=when.date(), way=way, seq=1, hash=HASH, at=when)


def test_it_leaves_as_a_file_once_a_day_and_is_read_again(real: Cast, settings: Any, tmp_path: Path) -> None:
    settings.HOLDFAST_LEDGER_FOLDER = str(tmp_path)
    assert anchoring.send_if_due() == 1
    assert anchoring.send_if_due() == 0
    (path,) = tmp_path.iterdir()
    assert path.name == f"head-{real.program.slug}-{today()}.json"
    assert heads_in(path.read_text()) == [HeadLine(real.program.uid, 3, HASH.hex(), today())]
    assert days(real) == [("file", today())]


def test_it_leaves_by_mail_to_two_people_and_says_nothing_of_anybody(real: Cast, settings: Any, box: Box) -> None:
    settings.HOLDFAST_LEDGER_MAIL = ["dia@desk.example", "privacy@desk.example"]
    assert anchoring.send_if_due() == 2
    assert [mail["To"] for mail in box.kept] == settings.HOLDFAST_LEDGER_MAIL
    for mail in box.kept:
        assert heads_in(mail.as_string()) == [HeadLine(real.program.uid, 3, HASH.hex(), today())]
        assert mail["Subject"] == f"Head of the record, {today()}"
        assert not any(name in str(mail) for name in ("Ana", "Juniper", "crisis", "client"))


def test_a_mail_server_that_refuses_is_tried_again_and_only_what_failed(
    real: Cast, settings: Any, box: Box, tmp_path: Path
) -> None:
    settings.HOLDFAST_LEDGER_FOLDER, settings.HOLDFAST_LEDGER_MAIL = str(tmp_path), ["dia@desk.example"]
    box.refusing = True
    assert anchoring.send_if_due() == 1
    assert [way for way, _ in days(real)] == ["file"]
    box.refusing = False
    assert anchoring.send_if_due() == 1
    assert [way for way, _ in days(real)] == ["file", "mail 1"]


def test_a_worker_that_was_killed_before_it_marked_sends_again(
    real: Cast, settings: Any, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOLDFAST_LEDGER_MAIL = ["dia@desk.example"]

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as moment:
        moment.setattr(Head.objects, "bulk_create", killed)
        with pytest.raises(KeyboardInterrupt):
            anchoring.send_if_due()
    assert anchoring.send_if_due() == 1
    assert len(box.kept) == 2
    assert box.kept[0]["Message-ID"] == box.kept[1]["Message-ID"]


TAKEN: list[HeadLine] = []


def take(head: HeadLine) -> None:
    TAKEN.append(head)


def test_an_installed_anchor_takes_it(real: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HOLDFAST_LEDGER_ANCHORS = ["witness"]
    assert anchoring.send_if_due() == 0  # nobody installed it
    point = importlib.metadata.EntryPoint("witness", f"{__name__}:take", anchoring.GROUP)
    monkeypatch.setattr(
        anchoring, "entry_points", lambda **asked: [point] if asked.get("name", "witness") == "witness" else []
    )
    assert anchoring.send_if_due() == 1
    assert [HeadLine(real.program.uid, 3, HASH.hex(), today())] == TAKEN


def test_an_empty_chain_has_no_head(empty: Cast, settings: Any, tmp_path: Path) -> None:
    settings.HOLDFAST_LEDGER_FOLDER = str(tmp_path)
    assert anchoring.send_if_due() == 0
    assert list(tmp_path.iterdir()) == []
    assert anchoring.worries() == []


# ---------------------------------------------------------------- what `holdfast check` says


def test_no_way_at_all_is_said(real: Cast) -> None:
    (said,) = anchoring.worries()
    assert "never leaves this machine" in said


def test_one_address_a_missing_folder_and_a_missing_anchor_are_said(real: Cast, settings: Any) -> None:
    settings.HOLDFAST_LEDGER_FOLDER = "/nowhere/at/all"
    settings.HOLDFAST_LEDGER_MAIL, settings.HOLDFAST_LEDGER_ANCHORS = ["dia@desk.example"], ["witness"]
    for way in ("file", "mail 1", "anchor witness"):
        earlier(real, way, 0)
    folder, second, anchor = anchoring.worries()
    assert "is no folder" in folder
    assert "Name a second" in second
    assert "no such anchor is installed" in anchor
    settings.HOLDFAST_LEDGER_FOLDER = "heads"
    assert "not an absolute path" in anchoring.worries()[0]


def test_a_way_by_which_nothing_left_since_yesterday_is_said(real: Cast, settings: Any, tmp_path: Path) -> None:
    settings.HOLDFAST_LEDGER_FOLDER, settings.HOLDFAST_LEDGER_MAIL = str(tmp_path), ["a@desk.example", "b@desk.example"]
    assert [said.count("within 7 days") for said in anchoring.worries()] == [1, 1, 1]
    earlier(real, "file", *range(7, -1, -1))
    earlier(real, "mail 1", 3, 2)
    earlier(real, "mail 2", 1)
    (said,) = anchoring.worries()
    assert f"left by mail 1 since {today() - timedelta(days=2)}" in said


def test_a_day_on_which_no_head_left_is_said_for_a_week(real: Cast, settings: Any, tmp_path: Path) -> None:
    settings.HOLDFAST_LEDGER_FOLDER = str(tmp_path)
    earlier(real, "file", 5, 4, 2, 1, 0)
    (said,) = anchoring.worries()
    assert f"left by any way on {today() - timedelta(days=3)}." in said


def test_where_every_day_has_its_head_nothing_is_said(real: Cast, settings: Any, tmp_path: Path) -> None:
    settings.HOLDFAST_LEDGER_FOLDER = str(tmp_path)
    earlier(real, "file", *range(20, -1, -1))
    assert anchoring.worries() == []


def test_the_demo_is_left_alone(real: Cast, settings: Any) -> None:
    settings.HOLDFAST_DEMO = True
    assert anchoring.worries() == []


# ---------------------------------------------------------------- heads as they are read


def test_a_head_is_found_in_a_mail_that_was_saved_whole() -> None:
    head = HeadLine(Program().uid, 7, HASH.hex(), date(2026, 11, 24))
    mail = f"From: JP Desk\nSubject: Head of the record\n\n> {head.line()}\n\nThis is the head.\n"
    assert heads_in(mail) == [head]


@pytest.mark.parametrize(
    "change",
    [{"hash": "00"}, {"seq": 0}, {"seq": "many"}, {"program": "juniper"}, {"holdfast_head": 9}, {"day": "some day"}],
)
def test_a_head_that_was_cut_or_changed_is_refused(change: dict[str, object]) -> None:
    line = HeadLine(Program().uid, 7, HASH.hex(), date(2026, 11, 24)).line()
    with pytest.raises(ValueError, match="cannot be read"):
        heads_in(json.dumps(json.loads(line) | change))
    with pytest.raises(ValueError, match="cannot be read"):
        heads_in(line[:-9])


def test_sealing_goes_on_after_the_database_was_away(settings: Any) -> None:
    """Asked twice, it tries twice; told to stop, it stops."""
    from holdfast.entry import sealing

    settings.HOLDFAST_DATABASE_URL = "postgresql://nobody@127.0.0.1:9/none"
    stop, waits = threading.Event(), []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            stop.set()

    sealing.go_on(stop.is_set, wait)
    assert waits == [2.0, 2.0]


def test_the_worker_of_this_test_may_seal(real: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        assert cursor.fetchone() == ("holdfast_worker",)
