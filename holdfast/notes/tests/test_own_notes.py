"""Own notes: their author reads them, nobody else does, whatever they lead or opened. A correction keeps what was."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.urls import reverse

from holdfast.assessment import actions as assessment
from holdfast.crisis.models import Episode
from holdfast.ledger.models import ChartRead, Fact
from holdfast.ledger.scope import enter
from holdfast.notes.actions import NotWritten, write
from holdfast.notes.models import OwnNote
from holdfast.notes.queries import own_notes
from holdfast.people import opening
from holdfast.people.models import CareTeamMember, Staff
from holdfast.people.queries import actor_of
from holdfast.people.rules import Role
from holdfast.people.tests.cast import Cast
from holdfast.web.tests.test_team import as_

WORDS = "The heron came up again, and her grandmother's kitchen."


def page(cast: Cast) -> str:
    return reverse("own_notes", args=[cast.ana.uid])


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


@pytest.fixture
def note(cast: Cast) -> OwnNote:
    return write(actor_of(cast.bea), cast.ana, uuid4(), WORDS, cast.now)


def test_its_author_reads_it_and_nobody_else(cast: Cast, note: OwnNote) -> None:
    """H-147: not those who lead, not whoever opened the chart with a reason, not in a crisis, not the client."""
    assert WORDS in text(as_(cast.bea).get(page(cast))).replace("&#x27;", "'")
    enter(cast.program.id)
    opening.open_chart(actor_of(cast.cal), cast.ana, "She rang the desk at 2.", cast.now)
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get()
    addresses = (page(cast), f"/team/client/{cast.ana.uid}", f"/team/crisis/{episode.uid}", "/program/figures/")
    for person in (cast.dia, cast.cal, cast.priya, cast.adam, cast.eve, cast.ana):
        for address in addresses:
            assert "heron" not in text(as_(person).get(address)), (person, address)
        enter(cast.program.id)
        if isinstance(person, Staff):
            assert own_notes(actor_of(person), cast.ana.id) == []


def test_it_is_in_no_other_page_even_for_its_author(cast: Cast, note: OwnNote) -> None:
    for name in ("team_client", "client_plan", "client_reach"):
        assert "heron" not in text(as_(cast.bea).get(reverse(name, args=[cast.ana.uid])))


def test_a_colleague_cannot_write_into_it(cast: Cast, note: OwnNote) -> None:
    with pytest.raises(NotWritten):
        write(actor_of(cast.dia), cast.ana, note.note, "Dia was here.", cast.now, after=1)
    with pytest.raises(NotWritten):
        write(actor_of(cast.dia), cast.ana, note.note, "Dia was here.", cast.now)
    assert OwnNote.objects.count() == 1


def test_a_correction_keeps_what_was(cast: Cast, note: OwnNote) -> None:
    bea = actor_of(cast.bea)
    write(bea, cast.ana, note.note, "A heron; her aunt's kitchen.", cast.now, after=1)
    ((newest, (old,)),) = [(one.newest, one.older) for one in own_notes(bea, cast.ana.id)]
    assert (newest.number, newest.words) == (2, "A heron; her aunt's kitchen.")
    assert (old.number, old.words) == (1, WORDS)
    with pytest.raises(NotWritten, match="another window"):
        write(bea, cast.ana, note.note, "From an old window.", cast.now, after=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        OwnNote.objects.filter(id=note.id).update(number=9)


def test_sent_twice_it_stands_once(cast: Cast, note: OwnNote) -> None:
    again = write(actor_of(cast.bea), cast.ana, note.note, WORDS, cast.now)
    assert again.id == note.id
    assert Fact.objects.filter(kind="OwnNoteWritten").count() == 1


def test_it_is_sealed_and_what_happened_says_nothing_of_it(cast: Cast, note: OwnNote) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select words from notes_ownnote")
        assert b"heron" not in bytes(cursor.fetchone()[0])
    assert Fact.objects.get(kind="OwnNoteWritten").data == {"client": cast.ana.id, "by": cast.bea.id, "number": 1}


def test_only_clinicians_keep_notes_and_an_empty_one_is_refused(cast: Cast) -> None:
    Staff.objects.filter(id=cast.priya.id).update(role=Role.CARE_STAFF)
    priya = Staff.objects.get(id=cast.priya.id)
    for person in (priya, cast.adam):
        with pytest.raises(NotWritten, match="Only clinicians"):
            write(actor_of(person), cast.ana, uuid4(), "x", cast.now)
        assert as_(person).get(page(cast)).status_code == 403
    with pytest.raises(NotWritten, match="Write the note first"):
        write(actor_of(cast.bea), cast.ana, uuid4(), "  ", cast.now)


def test_whoever_cares_for_the_client_no_more_does_not_open_the_page(cast: Cast, note: OwnNote) -> None:
    CareTeamMember.objects.filter(staff=cast.bea).update(until=cast.now.date().replace(year=2025))
    answer = as_(cast.bea).get(page(cast))
    assert answer.status_code == 403
    assert "heron" not in text(answer)


def test_when_the_author_has_left_nobody_reads_it(cast: Cast, note: OwnNote) -> None:
    """H-147: it stays closed (decision 0023)."""
    Staff.objects.filter(id=cast.bea.id).update(until=cast.now.date().replace(year=2025))
    assert as_(cast.bea).get(page(cast)).status_code == 403
    enter(cast.program.id)
    assert own_notes(actor_of(cast.dia), cast.ana.id) == []


def test_the_page_writes_corrects_refuses_and_is_written_down(cast: Cast) -> None:
    bea = as_(cast.bea)
    assert "What does not belong here" in text(bea.get(page(cast)))
    assert bea.post(page(cast), {"note": str(uuid4()), "after": "0", "words": WORDS}).status_code == 302
    enter(cast.program.id)
    row = OwnNote.objects.get()
    assert bea.post(page(cast), {"note": str(row.note), "after": "1", "words": "Shorter."}).status_code == 302
    for sent in ({}, {"note": "x", "words": "kept?"}, {"note": str(uuid4()), "words": "x" * 4001}):
        answer = bea.post(page(cast), sent)
        assert answer.status_code == 400
        assert sent.get("words", "") in text(answer)
    assert "Earlier versions" in text(bea.get(page(cast)))
    enter(cast.program.id)
    assert set(ChartRead.objects.values_list("page", "by_right")) == {("own_notes", "care team")}
