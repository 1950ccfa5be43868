"""Promise 9: what goes out by text, call, push and mail is neutral; addresses and logs hold numbers only."""

import re

from tests.flows.night import Night, code_in

CLINICAL = re.compile(
    r"ana\b|morales|juniper|crisis|safe\b|suicid|dead|harm|risk|urgent|emergency|phq|asq|check-in|therap|client|patient|recovery",
    re.IGNORECASE,
)
LINK = re.compile(r"https?://\S+")


def test_every_word_that_goes_out_is_neutral(night: Night) -> None:
    device = night.stack.company.push_device("bea-tablet")
    night.stack.act("tests.flows.deeds:push", who="cal", subscription=device)
    night.ana.answers("6", "not safe", **{"item-7": "I do not want to be here"})
    code = night.cal.code()
    night.cal.hears()
    night.cal.hangs_up()
    assert night.stack.company.log(channel="email", to="cal@desk.example", wait=30)
    assert night.stack.company.log(channel="push", to="bea-tablet", wait=30)
    night.passes(minutes=2)
    night.priya.replies(code_in(night.priya.text()))
    night.cal.replies(code)
    everything = night.stack.company.log()
    assert {entry["channel"] for entry in everything} == {"sms", "voice", "push", "email"}
    for entry in everything:
        said = LINK.sub("", entry["text"])
        assert not CLINICAL.search(said), said


def test_addresses_and_logs_hold_no_words_of_anybody(night: Night) -> None:
    night.ana.opens()
    night.ana.answers("7", "The rain in my head does not stop")
    night.ana.answers("6", "not safe")
    night.cal.replies(night.cal.code())
    night.cal.opens(f"/team/crisis/{night.crisis['uid']}")
    assert "rain" not in night.ana.address
    for program in night.stack.programs.values():
        said = program.said(200_000)
        for words in ("The rain", "Morales", night.cal.phone, "not safe"):
            assert words not in said, (program.name, words)
    kept = night.stack.rows("select words::text from assessment_answer where words is not null")
    assert kept
    assert "rain" not in str(kept)
