"""The real line for news is away. What people are told then, and what goes on."""

from __future__ import annotations

from tests.flows.night import Night


def test_paging_goes_on_while_the_line_for_news_is_away(night: Night) -> None:
    """Pages hear late; telephones do not."""
    night.stack.programs["realtime"].kill()
    night.ana.answers("6", "not safe")
    assert "Ana M." in night.cal.opens("/team/")
    night.cal.replies(night.cal.code())
    assert night.owner == "Cal Reyes"
    assert "Cal has this" in night.ana.sees()
    assert night.broken() == set()
