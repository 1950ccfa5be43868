"""Gaps of the cover in words, each with what can be done about it by whoever looks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.oncall.ahead import missed, open_gaps
from holdfast.oncall.cover import Gap, Rota, Why, part_to_take, why_not_take
from holdfast.oncall.models import CoverGap

MOST: Final = 20
WHY: Final[dict[Why, str]] = {
    Why.NOBODY: gettext_noop("Nobody is on the rota."),
    Why.LEFT: gettext_noop("%(who)s is on the rota, and does not work here any more."),
    Why.NO_LICENCE: gettext_noop("Nobody on duty is licensed there."),
    Why.ONE_CONTACT: gettext_noop("%(who)s cannot be reached in two tested ways."),
    Why.ALONE: gettext_noop("%(who)s is all alone, and would be asked first in two emergencies at once."),
    Why.TWO_LEVELS: gettext_noop("%(who)s stands on two levels at once, and would be asked first twice."),
    Why.NOT_THERE: gettext_noop("%(who)s has not said that they are there."),
}


@dataclass(frozen=True)
class GapLine:
    """One gap as it is read. `take`: the stretch that one press takes; `no`: why this person cannot."""

    number: int
    gap: Gap
    words: str
    states: str
    take: tuple[datetime, datetime] | None
    no: str
    stand_in: UUID | None
    told_at: datetime | None


def lines(rota: Rota, found: Iterable[Gap], me: int, names: Mapping[int, str], now: datetime) -> list[GapLine]:
    """The first of them; the page says how many more there are."""
    known = open_gaps()
    away = {canary.staff_id: canary for canary in missed(now)}
    made = []
    for number, gap in enumerate(list(found)[:MOST], 1):
        part = (max(now, gap.since), gap.until) if gap.why is Why.NOT_THERE else part_to_take(gap, now)
        no = why_not_take(rota, me, gap, *part) if part else ""
        absent = next((away[who] for who in gap.people if who in away), None) if gap.why is Why.NOT_THERE else None
        made.append(
            GapLine(
                number,
                gap,
                in_words(gap, names),
                "" if gap.states == rota.states else ", ".join(gap.states),
                part if part and not no and absent is None else None,
                no or "",
                absent.uid if absent and not no else None,
                _told(gap, known),
            )
        )
    return made


def in_words(gap: Gap, names: Mapping[int, str]) -> str:
    who = ", ".join(sorted(names.get(one, "") for one in gap.people)) or _("Somebody")
    return _(WHY[gap.why]) % {"who": who}


def _told(gap: Gap, known: Iterable[CoverGap]) -> datetime | None:
    return next(
        (row.told_at for row in known if row.why == gap.why and row.since < gap.until and gap.since < row.until), None
    )
