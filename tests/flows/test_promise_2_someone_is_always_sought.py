"""Promise 2: a crisis without an owner always has a next page due; nobody on duty is "no cover", said to everyone."""

from datetime import timedelta

from tests.flows.night import Night, code_in, codes_in, keys_in


def test_nobody_on_duty_pages_everyone_with_no_cover(bare_night: Night) -> None:
    night = bare_night
    night.ana.answers("6", "not safe")
    assert "No cover: someone needs you" in night.dia.text()
    for who in (night.bea, night.cal, night.priya, night.adam):
        assert "No cover: someone needs you" in who.text()
    assert sorted(night.asked) == ["Adam", "Bea", "Cal", "Dia", "Priya"]
    # Adam holds no licence: he is asked all the same, and that is written down.
    assert [r["staff_id"] for r in night.stack.rows("select staff_id from oncall_page where not licensed")]
    assert night.paging["look_again_at"] - night.paging["started_at"] == timedelta(minutes=2)  # and no faster

    # The client is told so at once, with 988 in front of everything else and without a list of names.
    page = night.ana.sees()
    assert "Nobody has answered yet" in page
    assert page.index("988") < page.index("we are calling everyone we have")
    assert "Priya" not in page

    night.bea.replies(code_in(night.bea.texts[0]))
    assert night.owner == "Bea Lindqvist"
    assert "Bea has this" in night.ana.sees()


def test_no_cover_ends_as_soon_as_somebody_comes_on_duty(bare_night: Night) -> None:
    night = bare_night
    night.ana.answers("6", "not safe")
    night.cal.text()
    night.stack.act("tests.acts:shift", priya="first", since_hours=0)
    night.passes(minutes=2)
    night.wait_for(lambda: night.paging["no_cover_since"] is None, "the search knows that Priya is here")
    night.passes(seconds=30)
    sought = ("We are calling", "Nobody has answered yet")
    night.wait_for(lambda: any(words in night.ana.sees() for words in sought), "she reads that somebody is sought")


def test_a_round_without_an_answer_begins_again_louder(night: Night) -> None:
    night.ana.answers("6", "not safe")
    night.cal.text()
    night.passes(minutes=2)
    night.priya.text()
    night.passes(minutes=2)
    night.dia.text()  # the director is the last step
    assert night.asked == ["Cal", "Priya", "Dia"]
    night.passes(minutes=2)
    assert "Nobody has answered: someone needs you" in night.cal.text()
    assert night.paging["round"] == 2
    assert "Nobody has answered yet" in night.ana.sees()
    assert night.cal.replies(code_in(night.cal.texts[0]))  # the number of the first text still holds
    assert night.owner == "Cal Reyes"


def test_an_unlicensed_step_is_skipped_at_once(bare_night: Night) -> None:
    night = bare_night
    night.stack.act("tests.acts:shift", adam="first", priya="backup")  # Adam holds no licence for Arizona
    night.ana.answers("6", "not safe")
    night.priya.text()
    assert night.asked == ["Priya"]
    assert night.paging["turn"] == 1


def test_an_unreachable_step_is_skipped_at_once(night: Night) -> None:
    night.cal.replies("STOP")
    night.stack.act("tests.flows.deeds:unreachable", who="cal")
    night.ana.answers("6", "not safe")
    night.priya.text()
    assert night.asked == ["Priya"]


def test_stop_makes_the_phone_unreachable_and_the_others_still_ring(night: Night) -> None:
    night.cal.replies("STOP")
    lost = night.stack.rows("select * from people_contact where staff_id = %s and kind = 'phone'", night.cal.id)
    assert lost[0]["unreachable_why"] == "has said STOP"
    assert "Cal Reyes" in night.dia.opens("/team/rota/")  # a gap, shown before it is needed
    assert "has said STOP" in night.cal.opens("/team/me/")
    night.ana.answers("6", "not safe")
    assert "Someone needs you" in night.cal.mail("cal@desk.example")
    assert not night.cal.calls

    night.cal.replies("START")
    assert night.stack.one("select unreachable_since from people_contact where id = %s", lost[0]["id"]) is None


def test_a_number_that_is_gone_is_a_gap_at_once(night: Night) -> None:
    night.stack.company.switch_number(night.cal.phone, "gone")
    night.ana.answers("6", "not safe")
    night.wait_for(
        lambda: night.stack.one(
            "select unreachable_why from people_contact where staff_id = %s and kind = 'phone'", night.cal.id
        ),
        "the number is known to be gone",
    )
    assert night.stack.company.log(channel="email", to="cal@desk.example", wait=30)


def test_an_expired_push_is_a_gap_at_once(night: Night) -> None:
    device = night.stack.company.push_device("cal-tablet")
    night.stack.act("tests.flows.deeds:push", who="cal", subscription=device)
    night.stack.company.switch(push="gone")
    night.ana.answers("6", "not safe")
    night.wait_for(
        lambda: night.stack.one("select unreachable_why from people_contact where kind = 'push'"),
        "the push is known to be gone",
    )
    assert "has expired" in night.cal.opens("/team/me/") or "Stop using it" in night.cal.opens("/team/me/")
    night.cal.text()  # and the other ways rang all the same


def test_several_crises_on_one_handset_are_one_text_with_a_number(night: Night) -> None:
    night.stack.programs["worker"].kill()  # so that all three wait when it comes back
    clients = night.stack.act("tests.acts:enrol", count=3)
    night.stack.act("tests.flows.deeds:all_say", clients=clients, item="6", value="2")
    night.wait_for(lambda: len(night.crises) == 3, "three crises are open")
    night.stack.programs["worker"].start()
    text = night.cal.text()
    assert "3 people need you" in text
    codes = codes_in(text)
    assert len(set(codes)) == 3
    night.cal.replies(codes[0])
    assert [c["owner"] for c in night.crises].count("Cal Reyes") == 1
    night.cal.replies(f"{codes[1]} {codes[2]}")
    assert [c["owner"] for c in night.crises] == ["Cal Reyes"] * 3


def test_never_two_calls_at_once_to_one_phone(night: Night) -> None:
    night.stack.company.switch(sms="500", email="500")
    clients = night.stack.act("tests.acts:enrol", count=3)
    night.stack.act("tests.flows.deeds:all_say", clients=clients[:1], item="6", value="2")
    spoken = night.cal.hears()
    night.stack.act("tests.flows.deeds:all_say", clients=clients[1:], item="6", value="2")
    night.wait_for(lambda: len(night.crises) == 3, "three crises are open")
    have, _cannot = keys_in(spoken)
    assert "You have this" in night.cal.presses(have)
    # The other two come in the next call, asked one after the other.
    first = night.cal.calls[0]["id"]
    night.wait_for(lambda: any(c["id"] != first for c in night.cal.calls), "the phone rings again")
    assert not any(call["collided"] for call in night.cal.calls)
    again = night.cal.hears()
    assert "2 people need you" in again
    night.cal.presses(keys_in(again)[0])
    assert not any(call["collided"] for call in night.cal.calls)


def test_two_emergencies_and_one_clinician(night: Night) -> None:
    """Who holds an emergency is not the first asked for another: the next is asked at the same time."""
    night.ana.answers("6", "not safe")
    night.cal.replies(night.cal.code())
    (other,) = night.stack.act("tests.acts:enrol", count=1)
    night.stack.act("tests.flows.deeds:all_say", clients=[other], item="6", value="2")
    night.priya.text()
    assert sorted(night.asked) == ["Cal", "Priya"]
    assert night.paging["turn"] == 1
    night.cal.text()  # both see it


def test_the_one_who_knows_the_client_is_asked_first(night: Night) -> None:
    night.stack.act("tests.acts:shift", bea="backup")
    night.ana.answers("6", "not safe")
    night.bea.text()
    assert night.asked == ["Bea"]
    assert night.paging["look_again_at"] - night.paging["started_at"] == timedelta(minutes=2)
    night.passes(minutes=2)
    night.cal.text()


def test_an_urgent_crisis_has_five_minutes_a_turn(night: Night) -> None:
    night.ana.answers("6", "not sure")
    night.cal.text()
    assert night.crisis["urgency"] == "urgent"
    assert night.paging["look_again_at"] - night.paging["started_at"] == timedelta(minutes=5)


def test_more_danger_hurries_a_search_and_is_one_crisis(night: Night) -> None:
    night.ana.answers("6", "not sure")
    night.cal.text()
    night.ana.opens("asq")
    night.ana.answers("5", "yes")
    night.wait_for(lambda: night.crisis["urgency"] == "emergency", "it is an emergency now")
    night.wait_for(lambda: night.asked == ["Cal", "Priya"], "the next is asked without delay")
    assert len(night.crises) == 1
    assert night.paging["policy"]["wait_s"] == 120
