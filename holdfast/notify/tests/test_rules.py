"""Attempts as rules: what receipts change, what is said, what a reply means."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.notify.rules import (
    GONE,
    LINE_HELD,
    RETRIES,
    SPOKEN,
    TEXT_BACK,
    TOLD,
    Cannot,
    Have,
    Help,
    Item,
    News,
    Start,
    State,
    Stop,
    Unknown,
    after,
    call_news,
    parse_sms_reply,
    retry_after,
    short_message,
    spoken,
    spoken_opening,
    spoken_question,
    text_back,
    text_message,
    text_news,
)

# How far an attempt has come; a receipt never makes it less.
FAR = {
    State.QUEUED: 0,
    State.ACCEPTED: 1,
    State.FAILED_FOR_NOW: 2,
    State.NOT_NEEDED: 3,
    State.FAILED_FOR_GOOD: 4,
    State.DELIVERED: 5,
}
RECEIPTS = (News.CARRIED, News.DELIVERED, News.FAILED, News.REFUSED)
CODES = st.integers(1000, 9999).map(str)


# ---- receipts


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("news", RECEIPTS)
def test_a_receipt_never_moves_an_attempt_backwards(state, news):
    assert FAR[after(state, news)] >= FAR[state]


@given(st.permutations([News.CARRIED, News.CARRIED, News.DELIVERED, News.DELIVERED]))
def test_late_doubled_and_disordered_receipts_end_as_delivered(order):
    state = State.ACCEPTED
    for news in order:
        state = after(state, news)
    assert state is State.DELIVERED


def test_only_an_own_send_leads_back_from_failed_for_now():
    assert after(State.FAILED_FOR_NOW, News.SENT) is State.ACCEPTED
    assert after(State.FAILED_FOR_NOW, News.CARRIED) is State.FAILED_FOR_NOW


def test_what_arrived_after_all_is_delivered_whatever_was_believed():
    assert {after(state, News.DELIVERED) for state in State} == {State.DELIVERED}


def test_what_the_carrier_took_cannot_become_not_needed():
    assert after(State.ACCEPTED, News.NOT_NEEDED) is State.ACCEPTED


@pytest.mark.parametrize("order", list(permutations(RECEIPTS)))
def test_every_order_of_all_receipts_ends_as_delivered(order):
    state = State.QUEUED
    for news in order:
        state = after(state, news)
    assert state is State.DELIVERED


@pytest.mark.parametrize("code", GONE)
def test_a_receipt_that_says_the_number_is_gone_is_for_good(code):
    assert text_news("undelivered", code) is News.REFUSED
    assert text_news("delivered", code) is News.DELIVERED


def test_a_switched_off_handset_has_failed_for_now_and_unknown_words_are_no_news():
    assert text_news("undelivered", 30003) is News.FAILED
    assert text_news("dancing", None) is None
    assert call_news("dancing") is None


@pytest.mark.parametrize(
    ("status", "news"),
    [
        ("ringing", News.CARRIED),
        ("in-progress", News.DELIVERED),
        ("completed", News.DELIVERED),
        ("busy", News.FAILED),
        ("no-answer", News.FAILED),
    ],
)
def test_a_call_is_delivered_when_it_is_picked_up(status, news):
    assert call_news(status) is news


def test_tries_are_spaced_and_then_given_up_for_now():
    assert [retry_after(tries) for tries in (1, 2, 3, 4)] == [*RETRIES, None]
    assert [wait.total_seconds() for wait in RETRIES] == [2, 5, 15]
    assert timedelta(seconds=60) == LINE_HELD


# ---- words


def page(code: str = "4821", **marks: str) -> Item:
    return Item("page", {"code": code, "digit": "7", "cannot_digit": "4", **marks})


LINK = "https://desk.example/"


def test_one_page_is_one_short_text():
    text = text_message("JP Desk", [page()], LINK)
    assert text == (
        "JP Desk: Someone needs you. Reply 4821 if you have this, NO 4821 if you cannot. https://desk.example/"
    )
    assert len(text) <= 160


def test_several_pages_for_one_handset_are_one_text_with_a_number():
    text = text_message("JP Desk", [page("4821"), page("7730"), page("1189")], LINK)
    assert "3 people need you" in text
    assert "4821, 7730, 1189" in text


def test_no_cover_is_said_before_anything_else():
    assert "No cover: someone needs you" in text_message("JP Desk", [page(no_cover="1", again="1")], LINK)
    assert "Nobody has answered: someone needs you" in short_message([page(again="1")])


def test_a_page_and_news_for_the_same_handset_share_a_text():
    text = text_message("JP Desk", [page(), Item("taken_by", {"name": "Bea"})], LINK)
    assert "Reply 4821" in text
    assert "Bea already has this" in text


def test_a_test_asks_for_its_own_number():
    text = text_message("JP Desk", [Item("test", {"code": "9034"})], LINK)
    assert "This is a test" in text
    assert "9034" in text


def test_a_test_by_mail_says_what_to_do_and_one_by_text_says_nothing_of_a_button():
    said = short_message([Item("test", {"code": "9034"})])
    assert said == "This is a test. Nobody needs you. Open your page and press “Yes, it arrived” there."
    assert not [word for word in TELLING if word in said.lower()]
    assert "Yes, it arrived" not in text_message("JP Desk", [Item("test", {"code": "9034"})], LINK)
    assert "Yes, it arrived" not in short_message([page()])


def test_unknown_words_become_neutral_ones():
    assert short_message([Item("whatever", {"name": "<b>"})]) == TOLD["news"]


def test_the_spoken_question_gives_both_digits():
    assert spoken_question(page(), 0, 1) == "Press 7 if you have this. Press 4 if you cannot."
    assert spoken_question(page(), 1, 3).startswith("Number 2 of 3.")
    assert "3 people need you" in spoken_opening("JP Desk", [page()] * 3, 0)


# Words that would tell a passer-by who the receiver works for, or what it is about.
TELLING = (
    "crisis",
    "suicid",
    "patient",
    "client",
    "therap",
    "clinic",
    "health",
    "risk",
    "emergency",
    "program",
    "harm",
)


@pytest.mark.parametrize(
    "words", [*TOLD.values(), *SPOKEN.values(), *(TEXT_BACK[k] for k in TEXT_BACK if k != "stranger")]
)
def test_nothing_that_leaves_the_house_tells_what_it_is_about(words):
    """H: promise 9, nothing clinical leaves by accident."""
    assert not [word for word in TELLING if word in words.lower()]


def test_nothing_about_a_page_tells_what_it_is_about():
    both = [page("4821", no_cover="1"), page("7730", again="1")]
    said = [text_message("JP Desk", both, LINK), short_message(both), spoken_opening("JP Desk", both, 0)]
    assert not [word for word in TELLING for words in said if word in words.lower()]


def test_every_answer_has_its_words():
    for kind in ("have", "cannot", "taken", "over"):
        assert text_back(kind, "Bea")
        assert spoken(kind, "Bea")
    assert "Bea" in spoken("taken", "Bea")
    assert "A colleague" in spoken("taken")


# ---- replies


@pytest.mark.parametrize(
    "body",
    [
        "4821",
        " 4821 ",
        "yes 4821",
        "Yes, 4821!",
        "4821 I have this",
        "I've got it: 4821.",
        "OK 4821",
        "\uff14\uff18\uff12\uff11",
    ],
)
def test_the_number_alone_or_with_a_yes_is_i_have_this(body):
    assert parse_sms_reply(body) == Have(("4821",))


@pytest.mark.parametrize(
    "body", ["NO 4821", "no, 4821", "4821 no", "I can't 4821", "I can\u2019t take 4821", "cannot 4821"]
)
def test_no_and_the_number_is_i_cannot(body):
    assert parse_sms_reply(body) == Cannot(("4821",))


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("STOP", Stop()),
        ("stop.", Stop()),
        ("Unsubscribe", Stop()),
        ("start", Start()),
        ("HELP", Help()),
        ("info?", Help()),
    ],
)
def test_the_carriers_own_words(body, meant):
    assert parse_sms_reply(body) == meant


@pytest.mark.parametrize(
    "body",
    [
        "",
        "yes",
        "no",
        "ok on my way",
        "I am driving, back at 1530",
        "who is this? 4821",
        "not sure 4821 maybe later",
        "48210",
        "4821 12",
        "+1 520 555 0102",
        "\U0001f44d",
        "4821 да",
        "x" * 5000,
    ],
)
def test_whatever_is_doubtful_is_no_answer(body):
    """Promise 3: only a human's "I have this" stops the paging, never an automatic text."""
    assert parse_sms_reply(body) == Unknown()


def test_several_numbers_answer_several_pages():
    assert parse_sms_reply("4821 and 7730") == Have(("4821", "7730"))
    assert parse_sms_reply("no 4821, 7730, 4821") == Cannot(("4821", "7730"))


@given(st.text())
def test_any_text_is_read_without_trouble(body):
    assert isinstance(parse_sms_reply(body), Have | Cannot | Stop | Start | Help | Unknown)


@given(CODES, st.sampled_from(["{}", "yes {}", "{} ok", "I have {}"]))
def test_every_code_can_be_taken(code, form):
    assert parse_sms_reply(form.format(code)) == Have((code,))


@given(st.lists(CODES, min_size=1, max_size=8, unique=True))
def test_what_our_text_asks_for_can_be_answered_by_sending_it_back(codes):
    assert parse_sms_reply(" ".join(codes)) == Have(tuple(codes))
