"""Reads what a person typed. Whatever cannot be read becomes a sentence, and stays in the form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from holdfast.people.rules import zone

MOST_WORDS = 4000
FARTHEST = timedelta(days=36500)  # a day farther away is a slip of the keyboard, and no calendar bears it


class NotRead(Exception):
    """What was typed cannot be used. `field` is where, the words say why."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class Typed:
    """What was typed, kept to be shown again."""

    values: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        return self.values.get(name, "")


def typed(post: Mapping[str, str]) -> Typed:
    """The fields of a form, without the invisible zero byte that no database takes."""
    return Typed(
        {
            name: str(post[name]).replace("\x00", "").replace("\r\n", "\n").strip()
            for name in post
            if name != "csrfmiddlewaretoken"
        }
    )


def words(form: Typed, name: str) -> str:
    """Free words of a bearable length."""
    text = form.get(name)
    if len(text) > MOST_WORDS:
        raise NotRead(
            name,
            _("That is %(long)s characters. At most %(most)s fit: shorten it a little.")
            % {"long": len(text), "most": MOST_WORDS},
        )
    return text


def uid(form: Typed, name: str) -> UUID | None:
    """A number of our own making, or nothing."""
    try:
        return UUID(form.get(name))
    except ValueError:
        return None


def whole_number(form: Typed, name: str) -> int:
    """A small number of our own making, or zero."""
    text = form.get(name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def moment(form: Typed, day: str, hour: str, place: str, now: datetime) -> datetime | None:
    """A date and a time in a zone. None when neither was given; NotRead when they cannot be or have passed."""
    if not form.get(day) and not form.get(hour):
        return None
    on, at = _date(form.get(day), day), _time(form.get(hour), hour)
    here = zone(place)
    today = now.astimezone(here).date()
    if on < today:
        raise NotRead(day, _("That time has passed already where the client is. Choose one that is still to come."))
    if on > today + FARTHEST:
        raise NotRead(day, _("That is more than a hundred years away. Look at the year again."))
    found = datetime.combine(on, at, here)
    if found.astimezone(UTC).astimezone(here).time() != at:
        raise NotRead(
            hour,
            _("The clocks change that night, and %(time)s does not exist there. Choose another time.")
            % {"time": at.strftime("%H:%M")},
        )
    if found <= now:
        raise NotRead(day, _("That time has passed already where the client is. Choose one that is still to come."))
    return found


def past_moment(form: Typed, day: str, hour: str, place: str, now: datetime) -> datetime:
    """A date and a time in a zone that are not ahead of now; now where neither was given."""
    if not form.get(day) and not form.get(hour):
        return now
    found = datetime.combine(_date(form.get(day), day), _time(form.get(hour), hour), zone(place))
    if found.replace(second=0) > now:
        raise NotRead(day, _("That time is still to come. Write when it was."))
    return found


def day(form: Typed, name: str) -> date | None:
    """A calendar day. None when none was given; NotRead when it cannot be one."""
    return _date(form.get(name), name) if form.get(name) else None


def _date(text: str, name: str) -> date:
    for shape in ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y"):
        try:
            return datetime.strptime(text, shape).date()  # noqa: DTZ007 (a calendar day, the zone comes with it)
        except ValueError:
            continue
    if not text:
        raise NotRead(name, _("Give the day of the next contact too."))
    raise NotRead(name, _("We could not read the day “%(text)s”. Write it like 2026-11-24.") % {"text": text[:40]})


def _time(text: str, name: str) -> time:
    for shape in ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p", "%I %p", "%I%p"):
        try:
            return datetime.strptime(text.upper(), shape).time()  # noqa: DTZ007
        except ValueError:
            continue
    if not text:
        raise NotRead(name, _("Give the time of the next contact too."))
    raise NotRead(
        name, _("We could not read the time “%(text)s”. Write it like 14:30 or 2:30 pm.") % {"text": text[:40]}
    )
