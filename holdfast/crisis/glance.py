"""One open crisis at a glance, and the clock that its line shows."""

from datetime import datetime
from typing import NamedTuple

from holdfast.crisis.actions import waits
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import State


class Glance(NamedTuple):
    """What sorting and counting need of one crisis.

    `asked_of_me`: to take it over, or to help. `next_turn_at`: when its paging asks the next person.
    """

    id: int
    state: str
    urgency: str
    owner_id: int | None
    owner_name: str | None
    next_contact_by: int | None
    raised_at: datetime
    owned_at: datetime | None
    first_try_at: datetime | None
    look_again_at: datetime | None
    next_contact_at: datetime | None
    try_by: datetime | None
    asked_of_me: bool
    next_turn_at: datetime | None
    asks_me: bool

    @property
    def clock_at(self) -> datetime:
        return clock_of(self, self.next_turn_at)[0]


def clock_of(one: Episode | Glance, next_turn_at: datetime | None) -> tuple[datetime, str]:
    """The clock that a line of the board shows, and until what it runs. `next_turn_at`: while somebody is being asked."""
    if next_turn_at is not None:
        return next_turn_at, "until the next person is asked"
    if one.state == State.SETTLED:
        due, grace = one.next_contact_at, waits(one.urgency).first_try
        if due is not None and (one.look_again_at is None or one.look_again_at <= due + grace):
            return due, "next contact"  # it is looked at only once there was time to dial
        return one.look_again_at or one.raised_at, "until it goes back to paging"
    if one.first_try_at is None and one.owned_at is not None:
        # Once that clock has rung it has no time of its own any more: what it was is past in any case.
        return getattr(one, "try_by", None) or one.owned_at + waits(one.urgency).first_try, "to try to reach the client"
    return one.look_again_at or one.raised_at, "until it goes back to paging"
