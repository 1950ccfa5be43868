"""Two people, the bytes that they read, and a day: what counts as approved."""

from copy import deepcopy
from datetime import date

import pytest

from holdfast.approval.copying import add_step, body_of, move_step, remove_step
from holdfast.approval.rules import (
    NotAllowed,
    Signed,
    Standing,
    standing,
    why_not_approve,
    why_not_attest,
    why_not_confirm,
    why_not_send,
)
from holdfast.content import load
from holdfast.people.rules import Role

TODAY = date(2026, 11, 25)
BY_DIA = Signed("abc", 7, confirmed=False, effective_from=TODAY)
BY_TWO = Signed("abc", 7, confirmed=True, effective_from=TODAY)
LATER = Signed("abc", 7, confirmed=True, effective_from=date(2026, 12, 1))


@pytest.mark.parametrize(
    ("signed", "digest", "stands"),
    [
        (None, "abc", Standing.DRAFT),
        (BY_DIA, "abc", Standing.WAITING),
        (BY_TWO, "abc", Standing.APPROVED),
        (LATER, "abc", Standing.DATED),
        (BY_TWO, "xyz", Standing.CHANGED),
        (BY_DIA, "xyz", Standing.DRAFT),
    ],
)
def test_content_stands_as_two_people_and_its_bytes_say(signed, digest, stands):
    assert standing(signed, digest, TODAY) is stands


@pytest.mark.parametrize(
    ("role", "now", "read", "day", "says"),
    [
        (Role.CLINICIAN, Standing.DRAFT, "abc", TODAY, "Only the clinical director approves content."),
        (Role.ADMINISTRATOR, Standing.DRAFT, "abc", TODAY, "Only the clinical director approves content."),
        (Role.DIRECTOR, Standing.DRAFT, "old", TODAY, "This changed since you read it."),
        (Role.DIRECTOR, Standing.WAITING, "abc", TODAY, "This is approved already"),
        (Role.DIRECTOR, Standing.DRAFT, "abc", None, "Say from which day it counts."),
        (Role.DIRECTOR, Standing.DRAFT, "abc", date(2026, 11, 24), "has passed. Choose today or a day to come."),
        (Role.DIRECTOR, Standing.DRAFT, "abc", date(2062, 11, 25), "more than a year away"),
        (Role.DIRECTOR, Standing.DRAFT, "abc", TODAY, None),
        (Role.DIRECTOR, Standing.CHANGED, "abc", TODAY, None),
    ],
)
def test_the_director_alone_approves_what_they_read_from_a_day_to_come(role, now, read, day, says):
    no = why_not_approve(role, now, read, "abc", day, TODAY)
    assert (no is None) == (says is None)
    assert says is None or says in (no or "")


@pytest.mark.parametrize(
    ("role", "who", "signed", "read", "digest", "says"),
    [
        (Role.CARE_STAFF, 3, BY_DIA, "abc", "abc", "A clinician, supervisor or director confirms content."),
        (Role.ADMINISTRATOR, 3, BY_DIA, "abc", "abc", "A clinician, supervisor or director confirms content."),
        (Role.CLINICIAN, 3, None, "abc", "abc", "nothing to confirm"),
        (Role.CLINICIAN, 3, BY_TWO, "abc", "abc", "has confirmed this already"),
        (Role.DIRECTOR, 7, BY_DIA, "abc", "abc", "You approved this yourself. A second person must confirm it."),
        (Role.CLINICIAN, 3, BY_DIA, "old", "abc", "changed since it was approved"),
        (Role.CLINICIAN, 3, BY_DIA, "xyz", "xyz", "changed since it was approved"),
        (Role.CLINICIAN, 3, BY_DIA, "abc", "abc", None),
        (Role.SUPERVISOR, 3, BY_DIA, "abc", "abc", None),
    ],
)
def test_the_second_person_is_another_one_and_reads_the_same_bytes(role, who, signed, read, digest, says):
    """H-63: one tired person must not change what happens to everybody."""
    no = why_not_confirm(role, who, signed, read, digest, TODAY)
    assert (no is None) == (says is None)
    assert says is None or says in (no or "")


def test_a_day_that_passed_while_it_waited_is_not_confirmed():
    no = why_not_confirm(Role.CLINICIAN, 3, BY_DIA, "abc", "abc", date(2026, 11, 26))
    assert no == "The day from which it was to count has passed. The director must approve it with a new day."


def test_an_attestation_names_who_which_licence_and_where_it_is_kept():
    said = {"holder": "RFMH", "licence": "letter of 3 May", "reference": "shelf 4"}
    assert why_not_attest(Role.ADMINISTRATOR, said, standing=False) is None
    assert "attested to this already" in str(why_not_attest(Role.ADMINISTRATOR, said, standing=True))
    assert "Only a director or an administrator" in str(why_not_attest(Role.CLINICIAN, said, standing=False))
    for name in said:
        assert why_not_attest(Role.DIRECTOR, {**said, name: "  "}, standing=False)


# --- a protocol must come to an end ------------------------------------------------------------


def body():
    return body_of(load.protocol("return-to-use"))


@pytest.mark.parametrize("name", load.protocol_names())
def test_every_shipped_protocol_could_be_sent_as_it_is(name):
    assert why_not_send(body_of(load.protocol(name))) is None


def changed(how):
    made = deepcopy(body())
    how(made)
    return why_not_send(made) or ""


def test_a_protocol_without_an_end_is_refused_with_a_sentence():
    """H-64: a clinician who walks in a circle at 2 a.m. never comes to the step that lets the client sleep safely."""
    last = len(body()["steps"])

    def no_end(made):
        made["steps"][-1]["then"] = "nowhere"

    def circle(made):
        made["steps"][-1]["then"] = "reach"

    def back(made):
        made["steps"][4]["then"] = made["steps"][1]["id"]

    def unreached(made):
        made["steps"][3]["then"] = made["steps"][5]["id"]

    def never_settled(made):
        made["steps"] = [step for step in made["steps"] if step["act"] != "settle"]
        for number, step in enumerate(made["steps"]):
            step["then"] = made["steps"][number + 1]["id"] if number + 1 < len(made["steps"]) else "end"

    assert changed(no_end) == f"Step {last} leads to a step that is not there. Say what follows it."
    assert changed(circle) == f"Step {last} leads back to step 2: a protocol must come to an end."
    assert changed(back) == "Step 5 leads back to step 2: a protocol must come to an end."
    assert changed(unreached) == "No step leads to step 5, so nobody would ever come to it."
    assert changed(never_settled) == "No step says how the crisis ends. Keep or add the step that settles it."
    assert changed(lambda made: made.update(steps=[])) == "A protocol without steps helps nobody. Add one."


def test_an_end_in_the_middle_leaves_steps_to_which_nobody_comes():
    def early(made):
        made["steps"][2]["then"] = "end"

    assert changed(early) == "No step leads to step 4, so nobody would ever come to it."


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("role", "king", "Choose who does this step."),
        ("when_late", "cry", "Choose what happens when it is late."),
        ("title", {"en": "", "es": ""}, "A step needs a title."),
        ("record", [], "A step needs at least one line on what is written down."),
        ("limit_minutes", 0, "The limit is between 1 and 10080 minutes"),
        ("limit_minutes", 99_999, "The limit is between 1 and 10080 minutes"),
        ("say", [{"en": "x", "es": ""}] * 13, "At most 12 lines fit into one step."),
        ("purpose", {"en": "x" * 601, "es": ""}, "One line is longer than 600 letters."),
    ],
)
def test_a_step_that_nobody_could_follow_is_refused(field, value, says):
    assert says in changed(lambda made: made["steps"][2].update({field: value}))


def test_steps_are_added_moved_and_removed_and_the_way_stays_whole():
    made = body()
    before = [step["id"] for step in made["steps"]]
    add_step("listen")(made)
    assert [step["id"] for step in made["steps"]][5] == "own-1"
    assert why_not_send(made) is None
    move_step("own-1", -1)(made)
    assert [step["id"] for step in made["steps"]][4] == "own-1"
    assert why_not_send(made) is None
    remove_step("own-1")(made)
    assert [step["id"] for step in made["steps"]] == before
    assert why_not_send(made) is None
    with pytest.raises(NotAllowed, match="at that end already"):
        move_step(before[0], -1)(made)
    with pytest.raises(NotAllowed, match="no such step any more"):
        remove_step("own-1")(made)
