"""Which signals of a crisis are news that nobody has talked about with the client yet."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from holdfast.assessment.models import Answer
from holdfast.crisis.models import Signal
from holdfast.crisis.rules import News

BY_STAFF = "staff"  # how an answer came in that was asked aloud


def signals_of(episodes: Iterable[int]) -> "QuerySet[Signal]":
    """The signals of these crises with what is behind them. `aloud`: it came out of questions that staff asked."""
    aloud = Answer.objects.filter(response=OuterRef("finding__response"), via=BY_STAFF)
    return (
        Signal.objects.filter(episode_id__in=list(episodes))
        .select_related("finding__concern", "finding__answer", "finding__staff_concern__by")
        .annotate(aloud=Exists(aloud))
        .order_by("id")
    )


def news_in(signals: Iterable[Signal], talked_at: datetime | None, level: str) -> News:
    """What the rules need to know of them before it may be settled."""
    every: list[Any] = list(signals)
    return News(
        talked_at=talked_at,
        news_at=max((one.at for one in every if not one.aloud), default=None),
        pressed=any(one.finding.help_call_id or one.finding.concern_id for one in every),
        answered=any(one.finding.response_id for one in every),
        level=level,
    )
