"""Components say in words what they say in color and shape."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from holdfast.web.shapes import crisis_line
from holdfast.web.templatetags import holdfast as tags

NOW = datetime(2026, 11, 24, 4, 41, tzinfo=UTC)


def draw(text: str, **context: object) -> str:
    return Template("{% load holdfast %}" + text).render(Context({"now": NOW, **context}))


@pytest.mark.parametrize(
    ("level", "word"),
    [("emergency", "Emergency"), ("urgent", "Urgent"), ("same_day", "Same day"), ("routine", "Routine")],
)
def test_urgency_is_shape_word_and_color(level: str, word: str) -> None:
    drawn = draw("{% urgency level %}", level=level)
    assert f'data-level="{level}"' in drawn
    assert word in drawn
    assert "<svg" in drawn
    assert draw("{% urgency 'none' %}") == ""


def test_an_unrated_risk_is_never_taken_for_low() -> None:
    drawn = draw("{% risk %}")
    assert "Risk not rated yet" in drawn
    assert "low" not in drawn.lower()


def test_a_risk_says_who_and_when() -> None:
    with timezone.override("America/Phoenix"):
        drawn = draw("{% risk 'high' 'Cal' now %}")
    assert "Risk high" in drawn
    assert "Cal 9:41 pm" in drawn
    assert "urgency" not in drawn


def test_the_line_seeks_an_owner_in_words() -> None:
    drawn = draw("{% line 'raised' '9:41 pm' 'ringing Priya' %}")
    assert 'data-s="seek"' in drawn
    assert "No owner yet" in drawn
    assert "ringing Priya" in drawn


def test_a_closed_line_is_done_all_the_way() -> None:
    assert [knot.s for knot in crisis_line("closed")] == ["done"] * 5
    assert [knot.s for knot in crisis_line("reached")] == ["done", "done", "now", "", ""]


def test_a_mini_line_is_silent_beside_its_sentence() -> None:
    drawn = draw("{% line_mini 'owned' 'Owned by Cal.' %}")
    assert 'aria-hidden="true"' in drawn
    assert '<span class="vh">Owned by Cal.</span>' in drawn


@pytest.mark.parametrize(
    ("seconds", "words", "state"),
    [(694, "11:34", "ok"), (41, "0:41", "soon"), (-74, "1:14", "over"), (9800, "2 h 43 min", "ok")],
)
def test_a_clock_is_right_without_script(seconds: int, words: str, state: str) -> None:
    drawn = draw("{% clock due 'First try' %}", due=NOW + timedelta(seconds=seconds))
    assert f'<span class="t">{words}</span>' in drawn
    assert f'data-state="{state}"' in drawn
    assert f'data-now="{NOW.isoformat()}"' in drawn


def test_icons_are_symbols_on_a_page_and_whole_in_a_part() -> None:
    page = draw("{% collect_icons %}{% icon 'phone' %}{% icon 'phone' %}{% icon_symbols %}")
    assert page.count('<use href="#i-phone"/>') == 2
    assert page.count("<symbol") == 1
    part = draw("{% icon 'phone' %}")
    assert "<path" in part
    assert "<use" not in part


def test_what_people_wrote_is_escaped() -> None:
    assert "<b>" not in draw("{% bubble wrote %}", wrote="<b>bold</b>")
    assert "<b>" not in draw("{% line_mini 'owned' wrote %}", wrote="<b>")


def test_numbers_dial_and_read_well() -> None:
    assert tags.phone("+15205550100") == "(520) 555-0100"
    assert tags.phone("1-800-222-1222") == "1-800-222-1222"
    assert tags.phone("988") == "988"
    assert tags.tel("(520) 555-0100") == "tel:+15205550100"
    assert tags.tel("988") == "tel:988"
    assert tags.sms("988", "AYUDA") == "sms:988?body=AYUDA"


def test_times_are_in_the_readers_zone_and_tongue() -> None:
    with timezone.override("America/Phoenix"):
        assert tags.clock_time(NOW) == "9:41 pm"
        assert tags.long_date(NOW) == "Monday, November 23"
        assert tags.when(NOW + timedelta(hours=10), NOW) == "Tue 7:41 am"
        with translation.override("es"):
            assert tags.long_date(NOW) == "lunes 23 de noviembre"


def test_names_are_joined_as_one_says_them() -> None:
    assert tags.names(("Cal",)) == "Cal"
    assert tags.names(("Cal", "Priya", "Dia")) == "Cal, Priya and Dia"
    assert tags.names(()) == ""
