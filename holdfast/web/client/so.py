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
from holdfast.web.live import topic_of_client
from holdfast.web.shapes import Knot
from holdfast.web.templatetags.holdfast import clock_time, long_date, names, when
from holdfast.web.trouble import for_clients, in_doubt

SOUGHT = (Standing.BEING_CALLED, Standing.NOBODY_YET)
MOST_NAMED = 4  # more names than this say nothing to anybody
WHILE = (Standing.BEING_CALLED, Standing.NOBODY_YET, Standing.TAKEN, Standing.REACHED)
QUICK, SLOW = 4, 20  # seconds between two looks, while somebody is sought and after


@dataclass(frozen=True)
class Told:
    """The words of the page for one state of things."""

    title: str
    words: str
    knots: tuple[Knot, ...]
    numbers_first: bool = False
    call_us: bool = False  # they left no number: ours stands before all others
    every: int = QUICK

    @property
    def numbers_near(self) -> bool:
        """Whether 988 and 911 stand right under the words: while somebody is sought or comes."""
        return bool(self.knots) and not self.numbers_first


def show_what_is_so(request: PageRequest, so: WhatIsSo, what: str, name: str = "") -> HttpResponse:
    """The page for a state of things. `what` is answer, call or concern."""
    request.trouble = for_clients(request.now)
    context = {
        "so": so,
        "told": told(so, name, request.now, request.trouble),
        "what": what,
        "base": "base_public.html" if what == "concern" else "base_client.html",
        "topic": topic_of_client(so.episode) if so.episode else "",
        "heard": heard_in(so.episode) if what != "concern" else None,
        "buttons": [(said.value, _(words), sign) for said, words, sign in BUTTONS] if may_speak(so, what) else [],
    }
    return render(request, "client/so.html", context)


def may_speak(so: WhatIsSo, what: str) -> bool:
    """Whether the page offers its buttons: while a crisis of this client is open. A stranger's call has none."""
    return what != "concern" and so.episode is not None and so.state in WHILE


def told(so: WhatIsSo, name: str, now: datetime, trouble: tuple[str, ...] = ()) -> Told:
    """What a person is told. Never more than is so. `trouble`: the broken promises that mean something to them."""
    if so.state in SOUGHT and (so.calling is False or (so.calling is None and in_doubt(trouble))):
        return _not_leaving(so)
    if not so.has_number and so.state in (*SOUGHT, Standing.TAKEN):
        return _nobody_can_call(so)
    if so.state is Standing.TAKEN and so.tried_at:
        return _tried(so, so.tried_at)
    if so.state is Standing.TAKEN and so.call_by and so.call_by <= now:
        return _call_is_late(so)
    return _TOLD[so.state](so, name)


def _thanks(name: str) -> str:
    return _("Thank you for telling us, %(name)s") % {"name": name} if name else _("Thank you for telling us")


def _line(so: WhatIsSo, second: Knot, third: Knot) -> tuple[Knot, ...]:
    return (Knot("done", _("Received"), at=so.since), second, third)


def _by(at: datetime | None) -> str:
    return _("by %(time)s") % {"time": clock_time(at)} if at else ""


def _comes(so: WhatIsSo, owner: str = "") -> str:
    """How they hear from us: they may have asked for a text, and a caller may have left no number."""
    if not so.has_number:
        return _("You call us")
    if so.text:
        return _("%(name)s texts you") % {"name": owner} if owner else _("They text you")
    return _("%(name)s calls you") % {"name": owner} if owner else _("They call you")


def _being_read(so: WhatIsSo, name: str) -> Told:
    return Told(
        _("We have it"),
        _("What you sent is safe with us and is being read now. This takes a few seconds."),
        _line(so, Knot("now", _("Being read"), _("now")), Knot("", _("What comes next"))),
    )


def _nothing_needed(so: WhatIsSo, name: str) -> Told:
    title = _("Thank you, %(name)s") % {"name": name} if name else _("Thank you")
    return Told(title, _("It is saved, and your team can see it. You don’t need to do anything more."), (), every=SLOW)


def _named(so: WhatIsSo) -> str:
    """Who is being called, where they are few enough to be read."""
    return names(so.people) if len(so.people) <= MOST_NAMED and not so.no_cover else ""


def _being_called(so: WhatIsSo, name: str) -> Told:
    who = _named(so)
    alone = len(so.people) == 1
    if alone and who:
        words = _(
            "What you sent is safe with us. We are calling %(people)s now. If %(people)s can’t answer, we go on to the next person."
        )
    elif who and so.text:
        words = _("What you sent is safe with us. We are calling %(people)s now. Whoever answers first texts you.")
    elif who:
        words = _("What you sent is safe with us. We are calling %(people)s now. Whoever answers first calls you.")
    elif so.people:
        words = _("What you sent is safe with us. We are calling our people now, until one answers.")
    else:
        words = _("What you sent is safe with us. We are looking for a person for you now.")
    sought = _("Calling %(people)s") % {"people": who} if alone and who else _("Calling our people")
    knots = _line(so, Knot("now", sought, _("now")), Knot("", _comes(so), _by(so.call_by)))
    return Told(_thanks(name), words % {"people": who}, knots)


def _nobody_yet(so: WhatIsSo, name: str) -> Told:
    who = _named(so)
    words = _("Please don’t wait for us alone: call or text 988 now. We keep calling our people until one answers.")
    if so.no_cover:
        words = _(
            "Nobody from our team is on right now, so we are calling everyone we have. Please don’t wait for us alone: call or text 988 now."
        )
    elif who:
        words += " " + _("Being called now: %(people)s.") % {"people": who}
    calling = Knot("now", _("Nobody has answered yet"), _("still calling"))
    return Told(_("Nobody has answered yet"), words, _line(so, calling, Knot("", _comes(so))), numbers_first=True)


def _not_leaving(so: WhatIsSo) -> Told:
    """Somebody should be called by now, and as far as we know nothing has left for them."""
    words = _(
        "What you sent is safe with us. But we can’t be sure that our alarm works right now. Please don’t wait for us: call or text 988 now. We keep trying to reach our people."
    )
    trying = Knot("now", _("Trying to reach our people"), _("not sure yet"))
    return Told(
        _("Please call or text 988 now"),
        words,
        _line(so, trying, Knot("", _comes(so))),
        numbers_first=True,
        call_us=not so.has_number,
    )


def _nobody_can_call(so: WhatIsSo) -> Told:
    """A caller whom we do not know left no number: whoever has this can only be called."""
    owner = so.owner or _("Somebody")
    if so.state is Standing.TAKEN:
        words = _("%(name)s has read what you sent, but you left no phone number. Please don’t wait: call now.") % {
            "name": owner
        }
        second = Knot("done", _("%(name)s has it") % {"name": owner})
    else:
        words = _(
            "What you sent is safe with us, and we are calling our people. But you left no phone number. Please don’t wait: call now."
        )
        second = Knot("now", _("Calling our people"), _("now"))
    third = Knot("now" if so.state is Standing.TAKEN else "", _comes(so))
    return Told(_("We can’t call you"), words, _line(so, second, third), numbers_first=True, call_us=True)


def _taken(so: WhatIsSo, name: str) -> Told:
    owner = so.owner or _("Somebody")
    words = _("%(name)s has read it and is going to call you. Keep your phone near you.")
    if so.text:
        words = _("%(name)s has this now and texts you by %(time)s. If nobody does, call 988.")
    elif so.call_by:
        words = _("%(name)s has this now and calls you by %(time)s. If nobody does, call 988.")
    told_words = words % {"name": owner, "time": clock_time(so.call_by)}
    return Told(_("%(name)s has this") % {"name": owner}, told_words, _theirs(so, owner), every=10)


def _theirs(so: WhatIsSo, owner: str) -> tuple[Knot, ...]:
    """The line while somebody has it and has not talked with them yet."""
    has = Knot("done", _("%(name)s has it") % {"name": owner})
    return _line(so, has, Knot("now", _comes(so, owner), "" if so.tried_at else _by(so.call_by)))


def _tried(so: WhatIsSo, at: datetime) -> Told:
    """They were not reached yet, but somebody tried: that is said, and nothing that it was to come."""
    owner = so.owner or _("Somebody")
    words = _(
        "%(name)s tried to reach you at %(time)s and will try again. Keep your phone near you, or call us. You can call or text 988 at any time."
    )
    told_words = words % {"name": owner, "time": clock_time(at)}
    return Told(_("%(name)s has this") % {"name": owner}, told_words, _theirs(so, owner), every=10)


def _call_is_late(so: WhatIsSo) -> Told:
    """The owner has not called in time, as far as we know: said aloud, with what to do."""
    owner = so.owner or _("Somebody")
    words = _(
        "%(name)s was to call you by %(time)s. If nobody has, call 988, or press “I need help now” again: we ring the team."
    )
    if so.text:
        words = _(
            "%(name)s was to text you by %(time)s. If nobody has, call 988, or press “I need help now” again: we ring the team."
        )
    told_words = words % {"name": owner, "time": clock_time(so.call_by)}
    return Told(_("%(name)s has this") % {"name": owner}, told_words, _theirs(so, owner), numbers_first=True)


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


def said_so_far(so: WhatIsSo, being_read: bool) -> str:
    """One sentence over the next question, after a worrying answer; empty when it is settled and nothing new came."""
    if so.state is Standing.SETTLED:
        words = _("What you sent is safe with us and is being read now. This takes a few seconds.")
        return words if being_read else ""
    owner = so.owner or _("Somebody")
    if so.state is Standing.REACHED:
        return _("You and %(name)s have talked") % {"name": owner} + "."
    if so.state is Standing.TAKEN:
        return _("%(name)s has this") % {"name": owner} + "."
    return _("We are telling a person on our team now.")


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
