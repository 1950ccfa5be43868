"""What is so: the truth about an answer, a call for help or a concern, on a page that refreshes itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from holdfast.crisis.coming import Coming
from holdfast.crisis.heard import heard_in
from holdfast.crisis.queries import Standing, WhatIsSo
from holdfast.web.access import PageRequest
from holdfast.web.client.voices import BUTTONS
from holdfast.web.shapes import Knot
from holdfast.web.templatetags.holdfast import clock_time, long_date, names, when
from holdfast.web.trouble import for_clients

WHILE = (Standing.BEING_CALLED, Standing.NOBODY_YET, Standing.TAKEN, Standing.REACHED)
QUICK, SLOW = 4, 20  # seconds between two looks, while somebody is sought and after


@dataclass(frozen=True)
class Told:
    """The words of the page for one state of things."""

    title: str
    words: str
    knots: tuple[Knot, ...]
    numbers_first: bool = False
    every: int = QUICK


def show_what_is_so(request: PageRequest, so: WhatIsSo, what: str, name: str = "") -> HttpResponse:
    """The page for a state of things. `what` is answer, call or concern."""
    request.trouble = for_clients(request.now)
    context = {
        "so": so,
        "told": told(so, name, request.now),
        "what": what,
        "base": "base_public.html" if what == "concern" else "base_client.html",
        "topic": f"episode:{so.episode}" if so.episode else "",
        "heard": heard_in(so.episode) if what != "concern" else None,
        "buttons": [(said.value, _(words), sign) for said, words, sign in BUTTONS] if may_speak(so, what) else [],
    }
    return render(request, "client/so.html", context)


def may_speak(so: WhatIsSo, what: str) -> bool:
    """Whether the page offers its buttons: while a crisis of this client is open. A stranger's call has none."""
    return what != "concern" and so.episode is not None and so.state in WHILE


def told(so: WhatIsSo, name: str, now: datetime) -> Told:
    """What a person is told. Never more than is so."""
    if so.state is Standing.TAKEN and so.call_by and so.call_by <= now:
        return _call_is_late(so)
    return _TOLD[so.state](so, name)


def _thanks(name: str) -> str:
    return _("Thank you for telling us, %(name)s") % {"name": name} if name else _("Thank you for telling us")


def _line(so: WhatIsSo, second: Knot, third: Knot) -> tuple[Knot, ...]:
    return (Knot("done", _("Received"), at=so.since), second, third)


def _by(at: datetime | None) -> str:
    return _("by %(time)s") % {"time": clock_time(at)} if at else ""


def _being_read(so: WhatIsSo, name: str) -> Told:
    return Told(
        _("We have it"),
        _("What you sent is safe with us and is being read now. This takes a few seconds."),
        _line(so, Knot("now", _("Being read"), _("now")), Knot("", _("What comes next"))),
    )


def _nothing_needed(so: WhatIsSo, name: str) -> Told:
    title = _("Thank you, %(name)s") % {"name": name} if name else _("Thank you")
    return Told(title, _("It is saved, and your team can see it. You don’t need to do anything more."), (), every=SLOW)


def _being_called(so: WhatIsSo, name: str) -> Told:
    who = names(so.people)
    if len(so.people) == 1:
        words = _(
            "What you sent is safe with us. We are calling %(people)s now. If %(people)s can’t answer, we go on to the next person."
        ) % {"people": who}
    elif who:
        words = _("What you sent is safe with us. We are calling %(people)s now. Whoever answers first calls you.") % {
            "people": who
        }
    else:
        words = _("What you sent is safe with us. We are looking for a person for you now.")
    calling = Knot(
        "now", _("Calling %(people)s") % {"people": who} if len(so.people) == 1 else _("Calling our people"), _("now")
    )
    return Told(_thanks(name), words, _line(so, calling, Knot("", _("They call you"), _by(so.call_by))))


def _nobody_yet(so: WhatIsSo, name: str) -> Told:
    who = names(so.people)
    words = _("Please don’t wait for us alone: call or text 988 now. We keep calling our people until one answers.")
    if who:
        words += " " + _("Being called now: %(people)s.") % {"people": who}
    calling = Knot("now", _("Nobody has answered yet"), _("still calling"))
    return Told(
        _("Nobody has answered yet"), words, _line(so, calling, Knot("", _("They call you"))), numbers_first=True
    )


def _taken(so: WhatIsSo, name: str) -> Told:
    owner = so.owner or _("Somebody")
    has = Knot("done", _("%(name)s has it") % {"name": owner})
    calls = Knot("now", _("%(name)s calls you") % {"name": owner}, _by(so.call_by))
    words = _("%(name)s has read it and is going to call you. Keep your phone near you.") % {"name": owner}
    if so.call_by:
        words = _("%(name)s has this now and calls you by %(time)s. If nobody does, call 988.") % {
            "name": owner,
            "time": clock_time(so.call_by),
        }
    return Told(_("%(name)s has this") % {"name": owner}, words, _line(so, has, calls), every=10)


def _call_is_late(so: WhatIsSo) -> Told:
    """The owner has not called in time, as far as we know: said aloud, with what to do."""
    owner = so.owner or _("Somebody")
    words = _(
        "%(name)s was to call you by %(time)s. If nobody has, call 988, or press “I need help now” again: we ring the team."
    )
    has = Knot("done", _("%(name)s has it") % {"name": owner})
    calls = Knot("now", _("%(name)s calls you") % {"name": owner}, _by(so.call_by))
    told_words = words % {"name": owner, "time": clock_time(so.call_by)}
    return Told(_("%(name)s has this") % {"name": owner}, told_words, _line(so, has, calls), numbers_first=True)


def _reached(so: WhatIsSo, name: str) -> Told:
    owner = so.owner or _("Somebody")
    has = Knot("done", _("%(name)s has it") % {"name": owner})
    words = _("%(name)s stays with this until you two agree on what comes next.") % {"name": owner}
    return Told(
        _("You and %(name)s have talked") % {"name": owner},
        words,
        _line(so, has, Knot("done", _("You have talked"))),
        every=SLOW,
    )


def said_of(coming: Coming) -> str:
    """The next contact in words, and how to reach somebody before it; in the client's own time."""
    return _(
        "%(name)s will be in touch with you on %(day)s, by %(time)s. If it gets hard before then, press “I need help now” at any hour, or call or text 988."
    ) % {"name": coming.who, "day": long_date(coming.by), "time": clock_time(coming.by)}


def _settled(so: WhatIsSo, name: str) -> Told:
    if so.coming:
        talks = Knot(
            "now",
            _("%(name)s is in touch") % {"name": so.coming.who},
            when(so.coming.by, so.since),
        )
        steps = _line(so, Knot("done", _("You have talked")), talks)
        return Told(_("This is settled for now"), said_of(so.coming), steps, every=SLOW)
    return Told(
        _("This is settled for now"),
        _("You and your team agreed on what comes next. If it gets hard again, press “I need help now” at any hour."),
        (),
        every=SLOW,
    )


def _read_by_person(so: WhatIsSo, name: str) -> Told:
    """For somebody we do not know: the same words whatever it led to, and whoever it was about."""
    words = _("If you are worried now, call 988, or 911 if someone is in danger.")
    return Told(_("A person has read this"), words, (), numbers_first=True, every=SLOW)


_TOLD: dict[Standing, Callable[[WhatIsSo, str], Told]] = {
    Standing.RECEIVED: _being_read,
    Standing.BEING_READ: _being_read,
    Standing.NOTHING_NEEDED: _nothing_needed,
    Standing.BEING_CALLED: _being_called,
    Standing.NOBODY_YET: _nobody_yet,
    Standing.TAKEN: _taken,
    Standing.REACHED: _reached,
    Standing.SETTLED: _settled,
    Standing.READ_BY_PERSON: _read_by_person,
}
