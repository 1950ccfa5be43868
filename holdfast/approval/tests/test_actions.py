"""Approvals, attestations, wordings and copies as rows: who, when, which bytes, and never forgotten."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from holdfast.approval import actions, copying, queries
from holdfast.approval.models import Approval, Attestation, PackWording, ProtocolCopy
from holdfast.approval.rules import NotAllowed, Standing
from holdfast.assessment import actions as assessment
from holdfast.content import load, units
from holdfast.crisis import guide
from holdfast.crisis.models import Episode
from holdfast.ledger.models import Fact
from holdfast.ledger.scope import enter
from holdfast.people.rules import zone
from holdfast.people.tests.cast import Cast

PHQ = "questionnaires/phq-9/1"
DAY = timedelta(days=1)


def today(cast: Cast):
    return cast.now.astimezone(zone(cast.program.timezone)).date()


def approve(cast: Cast, unit: str = PHQ, **more):
    sums = units.sums_at(unit)
    day = more.get("day", today(cast))
    read = more.get("read", units.digest_of(sums))
    return actions.approve(unit, more.get("sums", sums), more.get("by", cast.dia), day, read, cast.now)


def confirm(cast: Cast, unit: str = PHQ, by=None):
    sums = units.sums_at(unit)
    return actions.confirm(unit, sums, by or cast.bea, units.digest_of(sums), cast.now)


def card(cast: Cast, unit: str = PHQ):
    return next(each for each in queries.cards(today(cast)) if each.unit.path == unit)


def test_the_director_approves_and_a_second_person_confirms_and_both_are_kept_with_the_bytes(cast: Cast) -> None:
    assert card(cast).standing is Standing.DRAFT
    approve(cast)
    assert card(cast).standing is Standing.WAITING
    assert not queries.is_approved(PHQ, cast.now)
    confirm(cast)
    assert card(cast).standing is Standing.APPROVED
    assert queries.is_approved(PHQ, cast.now)
    row = Approval.objects.get()
    assert (row.approved_by, row.confirmed_by, row.digest) == (cast.dia, cast.bea, card(cast).unit.digest)
    assert set(row.sums) == {"questionnaire.json", "scoring.toml", "SOURCE.md", "vectors.csv"}
    assert list(Fact.objects.filter(kind__startswith="Content").values_list("kind", flat=True)) == [
        "ContentApproved",
        "ContentConfirmed",
    ]


def test_nobody_approves_alone_and_nobody_else_approves_at_all(cast: Cast) -> None:
    """H-63"""
    with pytest.raises(NotAllowed, match="Only the clinical director"):
        approve(cast, by=cast.bea)
    approve(cast)
    with pytest.raises(NotAllowed, match="You approved this yourself"):
        confirm(cast, by=cast.dia)
    with pytest.raises(NotAllowed, match="clinician, supervisor or director"):
        confirm(cast, by=cast.adam)
    with pytest.raises(IntegrityError, match="approved_by_two"), transaction.atomic():
        Approval.objects.update(confirmed_by=cast.dia, confirmed_at=cast.now)


def test_what_was_not_read_is_not_approved(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="changed since you read it"):
        approve(cast, read="0" * 64)


def test_a_day_to_come_counts_from_its_first_minute_where_the_program_is(cast: Cast) -> None:
    approve(cast, day=today(cast) + DAY)
    confirm(cast)
    assert card(cast).standing is Standing.DATED
    start = Approval.objects.get().effective_at
    assert start.astimezone(zone(cast.program.timezone)).hour == 0
    assert not queries.is_approved(PHQ, start - timedelta(seconds=1))
    assert queries.is_approved(PHQ, start)


def test_bytes_that_changed_behind_our_back_are_named_by_file(cast: Cast, monkeypatch) -> None:
    approve(cast)
    confirm(cast)
    assert queries.changed_behind_our_back() == []
    Approval.objects.update(sums={**Approval.objects.get().sums, "scoring.toml": "0" * 64}, digest="1" * 64)
    assert queries.changed_behind_our_back() == [(PHQ, f"clinical/{PHQ}/scoring.toml")]
    assert card(cast).standing is Standing.CHANGED


def test_an_approval_is_replaced_or_taken_back_and_the_old_one_stays_on_record(cast: Cast) -> None:
    approve(cast)
    confirm(cast)
    with pytest.raises(NotAllowed, match="Only the clinical director takes"):
        actions.withdraw(PHQ, cast.bea, cast.now)
    actions.withdraw(PHQ, cast.dia, cast.now)
    assert card(cast).standing is Standing.DRAFT
    approve(cast)
    assert [each.ended_why for each in queries.journal()] == ["", "withdrawn"]
    with pytest.raises(NotAllowed, match="nothing to take back"):
        actions.withdraw("cadence/cadence.toml", None, cast.now)


def test_another_program_sees_nothing_of_it(cast: Cast) -> None:
    approve(cast)
    confirm(cast)
    attest(cast, "dast-10")
    enter(cast.other.id)
    assert list(queries.journal()) == []
    assert queries.why_not_score(load.questionnaire("dast-10"))
    assert not queries.is_approved(PHQ, cast.now)


# --- packs ------------------------------------------------------------------------------------

SAID = {"holder": "The foundation", "licence": "permission by letter, 3 May 2026", "reference": "office, folder 12"}


def attest(cast: Cast, name: str, by=None):
    return actions.attest(load.questionnaire(name), by or cast.adam, SAID, cast.now)


def words(**more):
    form = load.questionnaire("c-ssrs")
    items = {item.id: {"en": f"Words of {item.id}?", "es": ""} for item in form.items}
    return {"pack": "c-ssrs", "version": "1", "items": items, **more}


@pytest.mark.parametrize("name", load.pack_names())
def test_a_pack_is_off_until_somebody_attests_and_off_again_when_they_revoke(cast: Cast, name: str) -> None:
    """H-65"""
    form = load.questionnaire(name)
    assert "is off: no administrator of this program has attested" in str(queries.why_not_score(form))
    with pytest.raises(assessment.FormOff, match="is off"):
        assessment.start_response(cast.program.id, cast.ana.id, name, cast.now)
    attest(cast, name)
    assert queries.why_not_score(form) is None
    actions.revoke(name, cast.dia, "The licence ended.", cast.now)
    assert queries.why_not_score(form)
    row = Attestation.objects.get()
    assert (row.attested_by, row.revoked_by, row.revoked_why) == (cast.adam, cast.dia, "The licence ended.")
    assert (row.holder, row.licence, row.reference) == tuple(SAID.values())


def test_an_attestation_is_neither_doubled_nor_revoked_without_a_reason(cast: Cast) -> None:
    attest(cast, "dast-10")
    with pytest.raises(NotAllowed, match="attested to this already"):
        attest(cast, "dast-10")
    with pytest.raises(NotAllowed, match="Say why"):
        actions.revoke("dast-10", cast.dia, " ", cast.now)
    with pytest.raises(NotAllowed, match="Only a director or an administrator"):
        actions.revoke("dast-10", cast.bea, "no", cast.now)
    with pytest.raises(NotAllowed, match="nothing to revoke"):
        actions.revoke("c-ssrs", cast.dia, "no", cast.now)
    with pytest.raises(NotAllowed, match="needs no licence"):
        actions.attest(load.questionnaire("asq"), cast.dia, SAID, cast.now)


def test_the_columbia_screener_is_not_asked_without_its_words(cast: Cast) -> None:
    form = load.questionnaire("c-ssrs")
    attest(cast, "c-ssrs")
    assert "holdfast content load-wording c-ssrs FILE" in str(queries.why_not_ask(form))
    with pytest.raises(assessment.FormOff, match="has no wording here"):
        assessment.start_response(cast.program.id, cast.ana.id, "c-ssrs", cast.now)
    actions.load_wording(cast.program.id, form, words(), cast.now)
    assert queries.why_not_ask(form) is None
    assert queries.worded(form).item("4").text.en == "Words of 4?"
    assert queries.worded(form).item("4").text.say("es") == "Words of 4?", "English where no Spanish was loaded"
    assert assessment.start_response(cast.program.id, cast.ana.id, "c-ssrs", cast.now).version == "1"
    assert "Words of 4?" not in form.item("4").text.en


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (words(pack="asq"), 'The file must say pack = "c-ssrs" and version = "1".'),
        (words(items={}), "The file has no words for 1, 2, 3, 4, 5, 6, 6-recent."),
        (words(items={**words()["items"], "7": {"en": "x"}}), "names 7, which is none."),
        (words(items={**words()["items"], "4": {"en": " "}}), "Question 4 has no English words."),
        (words(items={**words()["items"], "4": "x"}), "Question 4 must have its words as en"),
        (words(items={**words()["items"], "4": {"en": "x" * 601}}), "Question 4 is longer than 600 letters."),
        (words(items=[1]), "The file has no words for"),
    ],
)
def test_a_wording_that_does_not_fit_the_questions_is_refused(cast: Cast, said, says: str) -> None:
    with pytest.raises(NotAllowed) as no:
        actions.load_wording(cast.program.id, load.questionnaire("c-ssrs"), said, cast.now)
    assert says in str(no.value)
    assert not PackWording.objects.exists()


def test_a_pack_with_its_own_words_takes_none(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="brings its own words"):
        actions.load_wording(cast.program.id, load.questionnaire("dast-10"), {}, cast.now)


def test_a_high_answer_of_the_screener_is_judged_like_any_other(cast: Cast) -> None:
    attest(cast, "c-ssrs")
    actions.load_wording(cast.program.id, load.questionnaire("c-ssrs"), words(), cast.now)
    response = assessment.start_response(cast.program.id, cast.ana.id, "c-ssrs", cast.now)
    typed = {"1": "1", "2": "1", "3": "0", "4": "1"}
    assessment.save_answers(response.uid, typed, "web", cast.now)
    assessment.judge_response(response.id, cast.now)
    episode = Episode.objects.get()
    assert (episode.urgency, episode.protocol) == ("emergency", "suicidal-plan-or-behaviour")


# --- copies ------------------------------------------------------------------------------------

NAME = "i-need-help-now"


def reword(title: str):
    def how(body):
        body["steps"][0]["title"] = {"en": title, "es": ""}

    return how


def sent(cast: Cast, title: str = "Our own first step") -> ProtocolCopy:
    copy = copying.begin(NAME, cast.bea, cast.now)
    copy = copying.change(copy, cast.bea, copy.edition, reword(title), cast.now)
    return copying.send(copy, cast.bea, copy.edition, cast.now)


def put_in_force(cast: Cast, copy: ProtocolCopy, day=None) -> None:
    unit, sums = copying.unit_of(copy), copying.sums_of(copy)
    read = units.digest_of(sums)
    actions.approve(unit, sums, cast.dia, day or today(cast), read, cast.now, copy)
    actions.confirm(unit, sums, cast.bea, read, cast.now)


def raised(cast: Cast, now=None) -> Episode:
    assessment.ask_for_help(cast.ana, "web", now or cast.now)
    return Episode.objects.order_by("-id").first()


def test_new_crises_follow_the_copy_and_running_ones_keep_what_they_began_with(cast: Cast) -> None:
    """H-66: nothing may change under the hands of somebody in the middle of a crisis."""
    before = raised(cast)
    put_in_force(cast, sent(cast))
    assert guide.pinned(before) == load.protocol(NAME)
    Episode.objects.update(state="closed", look_again_at=None)
    after = raised(cast)
    assert after.protocol_version == "copy-1"
    book = guide.pinned(after)
    assert (book.steps[0].title.en, book.own, book.status) == ("Our own first step", True, "approved")
    put_in_force(cast, sent(cast, "Another first step"))
    assert guide.pinned(after) == book
    assert queries.protocol_now(NAME, cast.now)[0].steps[0].title.en == "Another first step"
    actions.withdraw("copies/i-need-help-now/2", cast.dia, cast.now)
    assert queries.protocol_now(NAME, cast.now)[1] == "copy-1"
    actions.withdraw("copies/i-need-help-now/1", cast.dia, cast.now)
    assert queries.protocol_now(NAME, cast.now) == (load.protocol(NAME), "1")
    assert guide.pinned(after) == book, "and who follows it keeps it"


def test_a_copy_counts_neither_before_its_day_nor_before_a_second_person(cast: Cast) -> None:
    copy = sent(cast)
    assert queries.protocol_now(NAME, cast.now)[1] == "1"
    put_in_force(cast, copy, today(cast) + DAY)
    assert queries.protocol_now(NAME, cast.now)[1] == "1"
    assert queries.protocol_now(NAME, cast.now + DAY)[1] == "copy-1"


def test_a_copy_that_was_sent_never_changes_and_the_next_one_is_built_on_what_counts(cast: Cast) -> None:
    copy = sent(cast)
    with pytest.raises(NotAllowed, match="does not change any more"):
        copying.change(copy, cast.bea, copy.edition, reword("x"), cast.now)
    put_in_force(cast, copy)
    following = copying.begin(NAME, cast.cal, cast.now)
    assert (following.number, following.based_on) == (2, "copy-1")
    assert json.loads(following.body)["steps"][0]["title"]["en"] == "Our own first step"
    assert copying.begin(NAME, cast.bea, cast.now).id == following.id, "one is edited at a time"


def test_two_people_never_mix_their_words(cast: Cast) -> None:
    copy = copying.begin(NAME, cast.bea, cast.now)
    copying.change(copy, cast.cal, copy.edition, reword("Cal's"), cast.now)
    with pytest.raises(copying.ChangedMeanwhile, match="Cal Reyes changed this copy while you typed"):
        copying.change(copy, cast.bea, copy.edition, reword("Bea's"), cast.now)
    with pytest.raises(copying.ChangedMeanwhile, match="Cal Reyes changed this copy meanwhile"):
        copying.send(copy, cast.bea, copy.edition, cast.now)


def test_a_copy_without_an_end_is_not_sent(cast: Cast) -> None:
    """H-64"""
    copy = copying.begin(NAME, cast.bea, cast.now)

    def circle(body):
        body["steps"][-1]["then"] = body["steps"][0]["id"]

    copy = copying.change(copy, cast.bea, copy.edition, circle, cast.now)
    with pytest.raises(NotAllowed, match="a protocol must come to an end"):
        copying.send(copy, cast.bea, copy.edition, cast.now)
    assert ProtocolCopy.objects.get().sent_at is None


def test_a_copy_that_cannot_be_read_gives_way_to_the_shipped_protocol(cast: Cast) -> None:
    put_in_force(cast, sent(cast))
    ProtocolCopy.objects.update(body=b"\x01" + b"0" * 40)
    assert queries.protocol_now(NAME, cast.now)[1] == "1"
    assert raised(cast).protocol_version == "1"
