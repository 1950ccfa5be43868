"""A worrying answer finds a human. Read this first: it is the whole product in a minute.

Nothing is made up here but the outside: a real web server takes the answer, a real worker sends through the real
adapters, and a small telephone company (`telephone/`) rings the handsets over HTTP. The test moves the clock; nobody waits.
"""

from datetime import timedelta

from tests.flows.night import Night, code_in


def test_phone_a_rings_and_two_minutes_later_phone_b(night: Night) -> None:
    # 02:00. Ana's daily check-in asks "Are you safe today?", and she taps "No".
    night.ana.answers("6", "not safe")

    # Judged before anybody could blink: an emergency is open, with a rule that says why, and somebody is sought.
    assert night.crisis["urgency"] == "emergency"
    why = night.stack.one("select why from assessment_riskfinding")
    assert "calls this an emergency: the client says they are not safe today" in why

    # Cal is on call: his phone shows a text and rings. It says that someone needs him, and nothing else about anybody.
    text = night.cal.text()
    assert "Someone needs you" in text
    assert not any(word in text for word in ("Ana", "safe", "crisis", "Juniper"))
    assert "Press" in night.cal.hears()
    night.cal.hangs_up()

    # Ana is told what is so, and has 988 and 911 in front of her all the while.
    night.wait_for(lambda: "We are calling Cal now" in night.ana.sees(), "she reads who is called")
    page = night.ana.sees()
    assert "988" in page
    assert "911" in page

    # A text that was delivered and a call that was picked up are not an answer. After two minutes it is Priya's turn.
    assert night.asked == ["Cal"]
    assert night.paging["look_again_at"] - night.paging["started_at"] == timedelta(minutes=2)
    night.passes(minutes=2)
    code = code_in(night.priya.text())
    assert night.asked == ["Cal", "Priya"]

    # Priya says "I have this" with the number of her own page. Now exactly one named human has it.
    assert night.priya.replies(code) == "Thank you. You have this. Please open your page now."
    assert night.owner == "Priya Nair"
    assert "Priya has this" in night.ana.sees()

    # The search is over: nobody else is woken, and a clock runs that Priya will hear.
    assert night.paging["stop_reason"] == "taken"
    assert night.crisis["look_again_at"] - night.crisis["owned_at"] == timedelta(minutes=5)
    assert night.broken() == set()
