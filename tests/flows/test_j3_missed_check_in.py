"""J3 step 9: a check-in that does not come. Reminded at nine where Ana is, once more four hours later, then somebody calls."""

from tests.flows.night import Night

ANAS = "+15205550777"


def rules(night: Night) -> list[str]:
    return [row["rule"] for row in night.stack.rows("select rule from assessment_riskfinding order by id")]


def begun(night: Night) -> None:
    """The worker has looked at Ana once and knows when it looks again."""
    night.wait_for(
        lambda: night.stack.rows(
            "select 1 from people_client where standing = 'active' and silence_look_at is not null"
        ),
        "somebody will look whether Ana has gone quiet",
    )


def kinds(night: Night) -> list[str]:
    return [row["kind"] for row in night.stack.rows("select kind from assessment_reminder order by id")]


def test_the_whole_path_from_nine_in_the_morning_to_a_call(night: Night) -> None:
    night.stack.act("tests.flows.deeds:wants_texts", number=ANAS)
    begun(night)
    night.passes(hours=31)  # it is 02:00 of the day she joined; nine o'clock of the day after
    night.wait_for(lambda: kinds(night) == ["morning"], "she is reminded at nine")
    night.passes(hours=4)
    night.wait_for(lambda: kinds(night) == ["morning", "nudge"], "and once more at one")
    night.passes(hours=20)
    night.wait_for(lambda: rules(night) == ["missed-check-in"], "the next morning somebody gets in touch")
    task = night.stack.rows("select * from care_task")[0]
    assert task["urgency"] == "routine"
    assert task["owner_id"] == night.bea.id
    night.passes(hours=24)
    night.wait_for(lambda: rules(night) == ["missed-check-in", "gone-quiet"], "and a day later somebody calls")


def test_the_text_is_neutral_and_leads_to_her_own_page(night: Night) -> None:
    night.stack.act("tests.flows.deeds:wants_texts", number=ANAS)
    begun(night)
    night.passes(hours=31)
    text = night.stack.company.text_to(ANAS)["text"]
    assert text.startswith("JP Desk: Your page for today is ready")
    assert text.endswith("/today")
    assert "We are not an emergency service. If a life is in danger, call 911." in text
    said = text.partition("http")[0]
    assert not [word for word in ("Juniper", "check-in", "mood", "safe", "recovery", "Ana") if word in said]


def test_a_client_at_high_risk_who_is_silent_is_somebodys_today(night: Night) -> None:
    night.stack.act("tests.flows.deeds:rated", level="high")
    begun(night)
    night.passes(hours=55)
    night.wait_for(lambda: "missed-check-in" in rules(night), "it is noticed")
    assert night.stack.rows("select urgency from care_task where about = 'finding'")[0]["urgency"] == "same_day"


def test_a_reminder_of_what_is_done_is_not_sent(night: Night) -> None:
    """Queued while the carrier is away, answered meanwhile: then it is not needed any more."""
    night.stack.act("tests.flows.deeds:wants_texts", number=ANAS)
    begun(night)
    night.passes(hours=31)
    night.wait_for(lambda: kinds(night) == ["morning"], "she is reminded at nine")
    night.stack.company.text_to(ANAS)
    night.stack.act("tests.flows.deeds:checked_in")
    night.stack.act("tests.flows.deeds:reminded_again")
    state = "select state from notify_attempt where for_what = 'reminder' order by id desc limit 1"
    night.wait_for(lambda: night.stack.one(state) == "not_needed", "nobody is reminded of what they have done")


def test_stop_is_heard(night: Night) -> None:
    night.stack.act("tests.flows.deeds:wants_texts", number=ANAS)
    night.stack.company.reply(ANAS, "STOP")
    night.wait_for(
        lambda: night.stack.rows("select 1 from people_reminderwish where ended_why = 'has said STOP'"), "no more texts"
    )
