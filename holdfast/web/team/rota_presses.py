"""Buttons of the rota: take a gap, stand in, say that one is there, put a shift on it and take one off."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from holdfast.oncall import canary, gaps, swaps
from holdfast.oncall.models import Canary, Shift, SwapOffer
from holdfast.oncall.rules import Level
from holdfast.people.models import Staff
from holdfast.people.queries import here_or_coming
from holdfast.people.rules import LEADS, Role, zone
from holdfast.web.access import PageRequest
from holdfast.web.team.frame import me
from holdfast.web.team.reading import NotRead, Typed, uid

KEEPS_THE_ROTA: Final = LEADS | {Role.ADMINISTRATOR}


def keeps_the_rota(request: PageRequest) -> bool:
    return request.actor.role in KEEPS_THE_ROTA


def take(request: PageRequest, form: Typed) -> str:
    """This gap is mine."""
    since, until = _instant(form, "since"), _instant(form, "until")
    gaps.take(me(request), since, until, request.now)
    return "taken"


def stand_in(request: PageRequest, form: Typed) -> str:
    """I stand in for somebody who is not there."""
    canary.stand_in(_number(form, "canary"), me(request), request.now)
    return "taken"


def there(request: PageRequest, form: Typed) -> str:
    """My shift starts, and I am there."""
    found = Canary.objects.filter(uid=_number(form, "canary"), staff_id=request.actor.id).first()
    if found is None or not canary.say_there(found, "page", request.now):
        raise NotRead("", _("Nobody asks about that any more. Thank you."))
    return "there"


def put(request: PageRequest, form: Typed) -> str:
    """Somebody who leads puts a shift on the rota."""
    staff = here_or_coming(request.now).filter(uid=_number(form, "who")).first()
    if staff is None:
        raise NotRead("who", _("Choose who takes the shift."))
    if form.get("level") not in set(Level):
        raise NotRead("level", _("Choose the level of the shift."))
    since, until = local_moment(request, form, "since"), local_moment(request, form, "until")
    gaps.put(me(request), staff, Level(form.get("level")), since, until, request.now)
    return "shift-put"


def off(request: PageRequest, form: Typed) -> str:
    """Somebody who leads takes a shift off the rota before it begins."""
    shift = Shift.objects.filter(uid=_number(form, "shift"), ended_at=None).first()
    if shift is None:
        raise NotRead("", _("That shift is off the rota already."))
    gaps.take_off(me(request), shift, request.now)
    return "shift-off"


def swap_yes(request: PageRequest, form: Typed) -> str:
    """I take the shift that I am asked to take."""
    swaps.answer(_offer(form), me(request), yes=True, now=request.now)
    return "taken"


def swap_no(request: PageRequest, form: Typed) -> str:
    """I cannot take it."""
    swaps.answer(_offer(form), me(request), yes=False, now=request.now)
    return "swap-no"


def swap_back(request: PageRequest, form: Typed) -> str:
    """I do not ask any more."""
    swaps.withdraw(_offer(form), me(request), request.now)
    return "swap-back"


def _offer(form: Typed) -> SwapOffer:
    found = SwapOffer.objects.filter(uid=_number(form, "offer")).first()
    if found is None:
        raise NotRead("", _("We do not know that line. Load the page again."))
    return found


Deed = Callable[[PageRequest, Typed], str]
DEEDS: Final[dict[str, Deed]] = {
    "take": take,
    "stand_in": stand_in,
    "there": there,
    "swap_yes": swap_yes,
    "swap_no": swap_no,
    "swap_back": swap_back,
}
FOR_WHO_LEADS: Final[dict[str, Deed]] = {"put": put, "off": off}


def press(request: PageRequest, form: Typed) -> str:
    """Do what the button says; the word for "what was done". Raises NotRead and gaps.NotPossible."""
    deed = DEEDS.get(form.get("do"))
    if deed is None and keeps_the_rota(request):
        deed = FOR_WHO_LEADS.get(form.get("do"))
    if deed is None:
        raise NotRead("", _("We could not tell which button that was. Please press it again."))
    return deed(request, form)


def _number(form: Typed, name: str) -> UUID:
    """A number of our own making; one that nothing has, where it cannot be read."""
    return uid(form, name) or UUID(int=0)


def _instant(form: Typed, name: str) -> datetime:
    """A moment that the page itself wrote into the form."""
    try:
        found = datetime.fromisoformat(form.get(name))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 2000 < found.year < 2200:
        raise NotRead("", _("We do not know that line. Load the page again."))
    return found


WAYS_TO_WRITE_IT: Final = (
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M %p",
    "%Y-%m-%d %I:%M %p",
)


def local_moment(request: PageRequest, form: Typed, name: str) -> datetime:
    """A day and a time as they were typed, in the program's own zone."""
    text = form.get(name)
    if not text:
        raise NotRead(name, _("Give the day and the time."))
    for shape in WAYS_TO_WRITE_IT:
        try:
            local = datetime.strptime(text.upper() if "%p" in shape else text, shape)  # noqa: DTZ007
        except ValueError:
            continue
        break
    else:
        raise NotRead(name, _("We could not read “%(text)s”. Write it like 2026-11-24 14:30.") % {"text": text[:40]})
    if not 2000 < local.year < 2200:
        raise NotRead(name, _("That is more than a hundred years away. Look at the year again."))
    here = zone(request.program.timezone)
    found = local.replace(tzinfo=here).astimezone(UTC)
    if found.astimezone(here).replace(tzinfo=None) != local:
        raise NotRead(
            name,
            _("The clocks change that night, and %(time)s does not exist there. Choose another time.")
            % {"time": local.strftime("%H:%M")},
        )
    return found


def people_to_choose(now: datetime) -> list[Staff]:
    """Who can stand on the rota."""
    return list(here_or_coming(now).order_by("name"))
