"""The program itself: what it is called, where it serves, when its office works, and what its channels lack."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from holdfast.notify.queries import open_troubles
from holdfast.people import setting_up
from holdfast.people.models import Holiday
from holdfast.people.queries import office_hours, states_served
from holdfast.people.rows import STATES, ZONES, number
from holdfast.people.rules import gives_away, zone
from holdfast.people.setting_up import Hours, Names
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.admin.forms import Field, drawn, the_day, the_state, the_time
from holdfast.web.proved import proved_to_change
from holdfast.web.team.frame import draw, me
from holdfast.web.team.me import public_key
from holdfast.web.team.reading import NotRead, Typed, typed


@dataclass(frozen=True)
class Channel:
    """One way out, whether it is set, and how to mend it."""

    name: str
    icon: str
    works: bool
    words: str


@staff_page("run the program")
@proved_to_change
def program(request: PageRequest) -> HttpResponse:
    """Names, hours, holidays and channels."""
    form, refused, status = Typed(), None, 200
    if request.method == "POST":
        form = typed(_flat(request))
        try:
            deed = DEEDS.get(form.get("do"))
            if deed is None:
                raise NotRead("", _("We could not tell which button that was. Please press it again."))
            with transaction.atomic():
                deed(request, form)
            return redirect(request.path + "?said=kept")
        except NotRead as no:
            refused, status = no, 400
        except ValueError as no:
            refused, status = NotRead("", _(str(no))), 400
    hours, do = office_hours(request.program.id), form.get("do")
    kept = dict(form.values)
    days = kept.get("days", "").split() if do == "hours" else [str(day) for day in (hours.days if hours else range(5))]
    today = request.now.astimezone(zone(request.program.timezone)).date()
    context = {
        "fields": [_wrong(field, refused) for field in drawn(_names(request), form if do == "names" else None)],
        "week": [(str(day), str(WEEKDAYS[day]), str(day) in days) for day in range(7)],
        "opens": kept.get("opens") if do == "hours" else f"{hours.opens:%H:%M}" if hours else "08:00",
        "closes": kept.get("closes") if do == "hours" else f"{hours.closes:%H:%M}" if hours else "18:00",
        "states": kept.get("states") if do == "hours" else ", ".join(states_served(request.program)),
        "holidays": Holiday.objects.filter(on__gte=today).order_by("on"),
        "channels": _channels(),
        "troubles": list(open_troubles()),
        "refused": str(refused or ""),
        "refused_field": refused.field if refused else "",
        "kept": kept,
    }
    return draw(request, "admin/program.html", context, nav="program", status=status)


def _flat(request: PageRequest) -> dict[str, str]:
    """Days of the week arrive one by one; together they are one field."""
    return {name: " ".join(request.POST.getlist(name)) for name in request.POST}


def _wrong(field: Field, refused: NotRead | None) -> Field:
    if refused is None or refused.field != field.key:
        return field
    return Field(field.key, field.label, field.value, field.hint, field.kind, field.choices, str(refused))


def _names(request: PageRequest) -> list[Field]:
    here = request.program
    return [
        Field("name", _("Name"), here.name),
        Field(
            "neutral_name",
            _("Neutral name"),
            here.neutral_name,
            _("The sender of texts, calls and mail. Choose one that gives nothing away about care."),
        ),
        Field("state", _("Home state"), here.state, _("Two letters.")),
        Field("timezone", _("Time zone"), here.timezone, _("Like America/Phoenix. The rota is written in it.")),
        Field(
            "phone", _("Number shown to clients"), here.phone, _("Which they may ring. Empty: none is shown."), "tel"
        ),
    ]


def _change_names(request: PageRequest, form: Typed) -> None:
    for key, most in (("name", 120), ("neutral_name", 60)):
        if not form.get(key) or len(form.get(key)) > most:
            raise NotRead(key, _("Write a name of at most %(most)s characters.") % {"most": most})
    if gives_away(form.get("neutral_name")):
        raise NotRead(
            "neutral_name", _("That name says something of care. Whoever sees it on a phone must learn nothing.")
        )
    place = ZONES.get(form.get("timezone").lower())
    if place is None:
        raise NotRead("timezone", _("There is no such time zone. Write one like America/Phoenix."))
    phone = number(form.get("phone")) if form.get("phone") else ""
    if phone is None:
        raise NotRead("phone", _("That does not look like a phone number. Write all of it, with the area code."))
    # On one line: they stand in the subject and the sender of mails, where a second line would stop every mail.
    name, neutral_name = (" ".join(form.get(key).split()) for key in ("name", "neutral_name"))
    names = Names(name, neutral_name, the_state(form, "state"), place, phone)
    setting_up.change_program(request.program, names, me(request), request.now)


def _change_hours(request: PageRequest, form: Typed) -> None:
    days = tuple(day for day in range(7) if str(day) in form.get("days").split())
    states = tuple(form.get("states").upper().replace(",", " ").replace(";", " ").split())
    strange = [state for state in states if state not in STATES]
    if strange:
        raise NotRead("states", _("“%(text)s” is not a state. Write two letters, like AZ.") % {"text": strange[0][:20]})
    opens, closes = the_time(form, "opens"), the_time(form, "closes")
    setting_up.set_hours(request.program, Hours(opens, closes, days, states), me(request), request.now)


def _add_holiday(request: PageRequest, form: Typed) -> None:
    on = the_day(form, "on")
    if not form.get("called"):
        raise NotRead("called", _("Say what the day is called."))
    setting_up.add_holiday(request.program, on, form.get("called"), me(request), request.now)


def _remove_holiday(request: PageRequest, form: Typed) -> None:
    setting_up.remove_holiday(request.program, the_day(form, "day"), me(request), request.now)


DEEDS: Final[dict[str, Callable[[PageRequest, Typed], None]]] = {
    "names": _change_names,
    "hours": _change_hours,
    "holiday": _add_holiday,
    "no_holiday": _remove_holiday,
}


def _channels() -> list[Channel]:
    """What the server's settings hold. Their values are never shown."""
    missing = [name for name in ("SID", "TOKEN", "FROM") if not getattr(settings, f"HOLDFAST_TWILIO_{name}")]
    twilio = _("Set on this server.") if not missing else _("Missing: %(names)s. No text or call can be made.") % {
        "names": ", ".join(f"HOLDFAST_TWILIO_{name}" for name in missing)
    }  # fmt: skip
    mail, push = bool(settings.HOLDFAST_SMTP_URL), bool(public_key(settings.HOLDFAST_VAPID_KEY))
    beat = bool(settings.HOLDFAST_HEARTBEAT_URL)
    good = _("Set on this server.")
    return [
        Channel(_("Texts and calls"), "phone", not missing, twilio),
        Channel(_("E-mail"), "mail", mail, good if mail else _("Missing: HOLDFAST_SMTP_URL. No mail and no sign-in link can be sent.")),
        Channel(_("Notifications"), "bell-ring", push, good if push else _("Missing: HOLDFAST_VAPID_KEY. Devices cannot be notified; texts and calls work without.")),
        Channel(_("Heartbeat"), "activity", beat, good if beat else _("Missing: HOLDFAST_HEARTBEAT_URL. Nobody outside would notice that everything stopped.")),
    ]  # fmt: skip
