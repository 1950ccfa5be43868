"""What each button of a crisis does: reads what was typed, and calls the one action it stands for.

Each returns where to go next. Whatever cannot be read is NotRead, whatever may not be is NotAllowed: both keep the form.
"""

from collections.abc import Callable
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.content.load import questionnaire
from holdfast.content.shapes import Urgency
from holdfast.crisis import actions, guide, handing, judging, landing, leaving, reach
from holdfast.crisis.course import Asked, Choice, Ending
from holdfast.crisis.models import Ask, Episode
from holdfast.crisis.rules import Disposition, Ground, NotAllowed, Result
from holdfast.oncall import actions as oncall
from holdfast.oncall.models import Page
from holdfast.oncall.queries import open_pages_of
from holdfast.oncall.rules import Answer
from holdfast.people.models import Client, Staff
from holdfast.people.queries import client_to_match, may_make_contact
from holdfast.people.rules import LEADS, Standing, why_not_pause, zone
from holdfast.web.access import PageRequest
from holdfast.web.team.reading import NotRead, Typed, day, moment, uid, words
from holdfast.web.team.words import DISPOSITIONS, HOW, RISK_LEVELS

# Where to go next; or what could not be read of it, where the rest is kept.
Press = Callable[[PageRequest, Episode, Staff, Typed], str | NotRead]


def take(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """ "I have this." The crisis first, then one's own page, in the order of the locks."""
    page, via = my_open_page(request, episode), via_of(form)
    actions.take(episode.id, staff, via, request.now)
    if page:
        oncall.answer(page.id, Answer.HAVE, via, request.now)
    return _here(episode)


def cannot(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """ "I cannot": the next person is asked at once."""
    page = my_open_page(request, episode)
    if page:
        oncall.answer(page.id, Answer.CANNOT, via_of(form), request.now)
    return reverse("board") + "?said=cannot"


def log_try(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """A try to reach the client."""
    try:
        result = Result(form.get("result"))
    except ValueError:
        raise NotRead(
            "result", _("Say what came of it: reached, no answer, did not want to talk, or wrong number.")
        ) from None
    if form.get("how") not in HOW:
        raise NotRead("how", _("Say how you tried."))
    actions.log_try(episode.id, staff, result, form.get("how"), words(form, "note"), uid(form, "once"), request.now)
    return _here(episode)


def give_back(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """Somebody else is sought at once."""
    actions.give_back(episode.id, staff, words(form, "reason"), request.now)
    return reverse("board") + "?said=given-back"


def urgency(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """Faster, by anyone; slower, by the owner with a reason."""
    try:
        wanted = Urgency(form.get("urgency"))
    except ValueError:
        raise NotRead("urgency", _("Say which urgency it has now.")) from None
    actions.change_urgency(episode.id, staff, wanted, words(form, "reason"), request.now)
    return _here(episode)


def settle(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """How it ended, and who speaks with the client next."""
    zone = episode.client.timezone if episode.client else request.program.timezone
    ended = Disposition(form.get("disposition")) if form.get("disposition") in DISPOSITIONS else None
    by = _colleague(request, form, "by")
    landing.settle(
        episode.id,
        staff,
        disposition=ended,
        next_contact_at=moment(form, "day", "hour", zone, request.now),
        next_contact_by=by.id if by else None,
        words=words(form, "words"),
        now=request.now,
    )
    return _here(episode)


def close(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """Followed up. What is missing needs a reason that is kept; the next contact one of three grounds too."""
    level = form.get("risk") if form.get("risk") in RISK_LEVELS else None
    waivers = {name: words(form, f"waive_{name}") for name in ("next_contact", "reassessment", "plan")}
    ground = Ground(form.get("ground")) if form.get("ground") in set(Ground) else None
    landing.close(
        episode.id,
        staff,
        risk_level=level,
        plan_reviewed=form.get("plan") == "yes",
        waivers=waivers,
        ground=ground,
        now=request.now,
    )
    return reverse("board") + "?said=closed"


def match(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """Say which client a caller spoke about."""
    picked = uid(form, "client")
    client = client_to_match(request.actor, picked) if picked else None
    if client is None:
        raise NotRead("client", _("Choose the client this is about."))
    joined = actions.match(episode.id, client, staff, request.now)
    return _here(joined) + ("?said=joined" if joined.id != episode.id else "")


# --- the protocol ------------------------------------------------------------------------------


def step(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """A step was done. Where its protocol asks for something in writing, nothing written is asked about once."""
    silent = not words(form, "noted") and form.get("nothing") != "yes"
    if silent and guide.is_in_it(episode, staff) and _asks_for_words(episode, form.get("step")):
        raise NotRead(
            "noted", _("Nothing is written down of this step. Write it, or tick that it is done all the same.")
        )
    guide.answer_step(
        episode.id, staff, form.get("step"), Ending.DONE, words(form, "noted"), uid(form, "once"), request.now
    )
    return _here(episode) + "#protocol"


def _asks_for_words(episode: Episode, step: str) -> bool:
    book = guide.pinned(episode)
    return any(one.id == step and one.record for one in book.steps) if book else False


def leave_out(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """A step is left out, for a reason."""
    guide.answer_step(
        episode.id, staff, form.get("step"), Ending.LEFT_OUT, words(form, "noted"), uid(form, "once"), request.now
    )
    return _here(episode) + "#protocol"


def plan(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """The safety plan was gone through with the client."""
    guide.plan_reviewed(episode.id, staff, words(form, "noted"), uid(form, "once"), request.now)
    return _here(episode) + "#protocol"


def protocol(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """Another protocol fits better."""
    if not form.get("protocol"):
        raise NotRead("protocol", _("Choose which protocol fits better."))
    guide.change_protocol(
        episode.id, staff, form.get("protocol"), words(form, "reason"), uid(form, "once"), request.now
    )
    return _here(episode) + "#protocol"


# --- reaching, asking, noting --------------------------------------------------------------------


def choose(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """What comes next for a client who does not pick up."""
    choice = Choice(form.get("choice")) if form.get("choice") in set(Choice) else None
    reach.decide(episode.id, staff, choice, words(form, "why"), uid(form, "once"), request.now)
    return _here(episode)


def hand_over(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """Ask somebody by name to take it over."""
    to = _colleague(request, form, "to")
    handing.ask(episode.id, staff, Asked.HAND_OVER, to, words(form, "why"), request.now)
    return _here(episode)


def call_in(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """Ask somebody by name, or whoever is on call, to help."""
    to = None if form.get("to") == "on-call" else _colleague(request, form, "to")
    if to is None and form.get("to") != "on-call":
        raise NotRead("to", _("Choose who is called in."))
    handing.ask(episode.id, staff, Asked.SECOND, to, words(form, "why"), request.now)
    return _here(episode)


def accept(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """Yes, I take it over; yes, I help."""
    handing.accept(_ask(episode, form).uid, staff, request.now)
    return _here(episode)


def decline(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """I cannot: it stays where it is."""
    handing.decline(_ask(episode, form).uid, staff, request.now)
    return _here(episode)


def withdraw(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """Not needed any more."""
    handing.withdraw(_ask(episode, form).uid, staff, request.now)
    return _here(episode)


def note(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """A note on the timeline. It is added, never changed."""
    text = words(form, "note")
    if not text:
        raise NotRead("note", _("Write something first."))
    guide.note(episode.id, staff, text, uid(form, "once"), request.now)
    return _here(episode)


# --- assessing again, standing -------------------------------------------------------------------


def asq(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str | NotRead:
    """What the client said to the ASQ, asked aloud. One answer that cannot be read loses none of the others."""
    given = {item.id: form.get(f"asq_{item.id}") for item in questionnaire("asq").items}
    said = {item: value for item, value in given.items() if value}
    if not said:
        raise NotRead("asq", _("Choose an answer first. What they did not want to answer can be skipped."))
    refused = judging.ask_asq(episode.id, staff, said, uid(form, "once"), request.now)
    if refused:
        return NotRead("asq", next(iter(refused.values())))
    return _here(episode) + "#reassess"


def formulate(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """A clinician's own judgement of the risk."""
    judging.formulate(
        episode.id,
        staff,
        level=form.get("level") or None,
        asked=words(form, "asked"),
        risk_factors=words(form, "risk_factors"),
        protective_factors=words(form, "protective_factors"),
        rationale=words(form, "rationale"),
        plan=words(form, "plan"),
        raise_urgency=form.get("raise") == "yes",
        once=uid(form, "once"),
        now=request.now,
    )
    return _here(episode) + "#reassess"


def standing(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """Where the client stands with the program now. Died asks twice."""
    if episode.client is None:
        raise NotAllowed(_("Say first which client this is about."))
    change_standing(request, episode.client, staff, form)
    return _here(episode)


def change_standing(request: PageRequest, client: Client, staff: Staff, form: Typed) -> None:
    """The form of a standing, on the page of a crisis and of a client."""
    if form.get("standing") not in set(Standing) - {Standing.INVITED}:
        raise NotRead("standing", _("Choose the new standing."))
    wanted = Standing(form.get("standing"))
    if wanted is Standing.DIED:
        if request.actor.role not in LEADS:
            raise NotAllowed(_("A supervisor or the director records that a client has died."))
        if form.get("sure") != "yes":
            raise NotRead("sure", _("Confirm that the client has died. It stops everything automatic at once."))
    until = day(form, "until") if wanted is Standing.PAUSED else None
    here = zone(client.timezone)
    if wanted is Standing.PAUSED and (no := why_not_pause(until, request.now.astimezone(here).date())):
        raise NotRead("until", _(no))
    to = _colleague(request, form, "to")
    leaving.change_standing(client, wanted, staff, words(form, "why"), request.now, to, until)


PRESSES: Final[dict[str, Press]] = {
    "take": take,
    "cannot": cannot,
    "try": log_try,
    "give_back": give_back,
    "urgency": urgency,
    "settle": settle,
    "close": close,
    "match": match,
    "step": step,
    "leave_out": leave_out,
    "plan": plan,
    "protocol": protocol,
    "choose": choose,
    "hand_over": hand_over,
    "call_in": call_in,
    "accept": accept,
    "decline": decline,
    "withdraw": withdraw,
    "note": note,
    "asq": asq,
    "formulate": formulate,
    "standing": standing,
}


def _here(episode: Episode) -> str:
    return reverse("crisis", kwargs={"uid": episode.uid})


def my_open_page(request: PageRequest, episode: Episode) -> Page | None:
    """The page on which I am being asked about this crisis, unanswered."""
    return open_pages_of(request.actor.id or 0).filter(paging__what="crisis", paging__what_id=episode.id).first()


def via_of(form: Typed) -> str:
    """Where the button stood."""
    return "page" if form.get("from") == "page" else "board"


def _colleague(request: PageRequest, form: Typed, field: str) -> Staff | None:
    """Somebody of the list; nobody where nothing was chosen."""
    if not form.get(field):
        return None
    chosen = uid(form, field)
    found = may_make_contact(request.now).filter(uid=chosen).first() if chosen else None
    if found is None:
        raise NotRead(field, _("We do not know that person. Choose somebody from the list."))
    return found


def _ask(episode: Episode, form: Typed) -> Ask:
    """The question that is answered, of this crisis."""
    which = uid(form, "ask")
    found = Ask.objects.filter(uid=which, episode=episode).first() if which else None
    if found is None:
        raise NotRead("ask", _("This is not asked any more. Load the page again."))
    return found
