"""The tour: one page with the steps, the staff's handsets, and the stagehands' switches."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import wraps
from typing import Any, Final
from zoneinfo import ZoneInfo

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import login
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from holdfast.crisis.queries import visible_to
from holdfast.crisis.rules import State
from holdfast.ledger import clock
from holdfast.ledger.models import Program
from holdfast.ledger.scope import program_scope
from holdfast.oncall.queries import being_asked, on_duty
from holdfast.people.access import system
from holdfast.people.models import Staff, User
from holdfast.people.rules import zone
from holdfast.web import marks
from holdfast.web.access import PageRequest, View, public_page
from holdfast.web.demo import handsets, stage
from holdfast.web.demo.cast import CAL, CLIENT, DIRECTOR, LOGINS, OTHER_PROGRAM, PASSWORD, PROGRAM, SECOND_FACTOR
from holdfast.web.middleware import content_policy

SIDES: Final = {"ana": (CLIENT, "today"), "cal": (CAL, "board"), "dia": (DIRECTOR, "board")}
# Two names of this machine, so that one browser can be a client and a nurse at the same time.
CLIENT_HOST, TEAM_HOST = "127.0.0.1", "localhost"
TICKET, TICKET_LASTS = "demo side", timedelta(hours=12)
BACKEND: Final = "allauth.account.auth_backends.AuthenticationBackend"
NIGHT, MORNING = time(2), time(5)


def demo_page(view: View) -> View:
    """Exists in the demo only."""

    @wraps(view)
    def inner(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.HOLDFAST_DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return public_page(inner)


@dataclass(frozen=True)
class Standing:
    """Where Ana's newest crisis stands."""

    state: str
    at: datetime
    sentence: str


@demo_page
@require_safe
def tour(request: PageRequest) -> HttpResponse:
    """The page itself."""
    port = request.get_host().rpartition(":")[2] if ":" in request.get_host() else "80"
    client, team = f"http://{CLIENT_HOST}:{port}", f"http://{TEAM_HOST}:{port}"
    context = {
        "client_host": client,
        "team_host": team,
        "tickets": {side: signing.dumps(side, salt=TICKET) for side in SIDES},
        "logins": LOGINS,
        "password": PASSWORD,
        "code": SECOND_FACTOR,
        **_now(request),
    }
    answer = _draw(request, "demo/tour.html", context)
    # The buttons that sign in lead to this machine's other name.
    answer["Content-Security-Policy"] = content_policy(request.get_host()).replace(
        "form-action 'self'", f"form-action 'self' {client} {team}"
    )
    return answer


@demo_page
@require_GET
def shown(request: PageRequest) -> HttpResponse:
    """The live part alone. Nothing new since `seen`: an empty answer, so that nobody loses what they type."""
    context = _now(request)
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return _draw(request, "demo/live.html", context)


def _draw(request: PageRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page with times in the program's own zone."""
    with timezone.override(zone(context["program"].timezone)):
        return render(request, template, context)


def _program(slug: str = PROGRAM) -> Program:
    found = Program.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def _now(request: PageRequest) -> dict[str, Any]:
    """Everything that changes: handsets, clock, who is on duty, where Ana's crisis stands."""
    program = _program()
    here = zone(program.timezone)
    ahead = clock.offset()
    with program_scope(program.id) as now:
        home = stage.everyone_is_home(now)
        by_level = on_duty(now)
        names = dict(Staff.objects.filter(id__in=frozenset().union(*by_level.values())).values_list("id", "name"))
        duty = [(level.value, names[one]) for level, people in by_level.items() for one in sorted(people)]
        standing = _standing(program, now)
        try:
            phones, silent = handsets.look(ahead), False
        except handsets.Silent:
            phones, silent = [], True
    local = now.astimezone(here)
    return {
        "program": program,
        "local": local,
        "ahead": _words(ahead),
        "home": home,
        "duty": duty,
        "standing": standing,
        "phones": phones,
        "ringing": [phone.first_name for phone in phones if phone.ringing],
        "silent": silent,
        "keys": handsets.KEYS,
        "seen": handsets.fingerprint(local.strftime("%a %H:%M"), home, duty, standing, phones, silent),
    }


def _standing(program: Program, now: datetime) -> Standing | None:
    episode = (
        visible_to(system(program.id))
        .filter(client__user__email=CLIENT, raised_at__gt=now - timedelta(hours=12))
        .order_by("-raised_at")
        .first()
    )
    if episode is None:
        return None
    if episode.state == State.RAISED:
        asked = being_asked("crisis", [episode.id]).get(episode.id, [])
        names = list(dict.fromkeys(page.staff.first_name for page in asked))
        sentence = f"Nobody has this yet. Asked so far: {_list(names)}." if names else "Nobody has this yet."
    elif episode.owner is not None:
        sentence = {
            State.OWNED: f"{episode.owner.first_name} has this, and is to call Ana.",
            State.REACHED: f"{episode.owner.first_name} has spoken with Ana.",
            State.SETTLED: f"Settled by {episode.owner.first_name}. The next contact has a name and a time.",
        }[State(episode.state)]
    else:
        sentence = "Closed: the next contact was made."
    return Standing(episode.state, episode.raised_at, sentence)


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _words(ahead: timedelta) -> str:
    minutes = round(ahead.total_seconds() / 60)
    if not minutes:
        return ""
    hours, rest = divmod(abs(minutes), 60)
    return " ".join(([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest else []))


# --- sides -------------------------------------------------------------------------------------


def _side(request: PageRequest) -> HttpResponse:
    """Sign in as one of the cast. The ticket comes from the tour's own page, maybe under this machine's other name."""
    try:
        side = signing.loads(request.POST.get("ticket", ""), salt=TICKET, max_age=TICKET_LASTS)
        email, place = SIDES[side]
    except (signing.BadSignature, KeyError, TypeError):
        return redirect("demo")
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        raise Http404
    kept = request.META.get("CSRF_COOKIE")
    login(request, user, backend=BACKEND)
    # Whoever is staff comes with the second factor that the page shows; the signed ticket stands for both.
    marks.proved(request.session, "" if email == CLIENT else "totp")
    UserSession.objects.create_from_request(request)
    if kept:  # the tour stands open in another tab, and its buttons must go on working
        request.META["CSRF_COOKIE"] = kept
    return redirect(place)


side = demo_page(require_POST(_side))
side.csrf_exempt = True  # type: ignore[attr-defined] # the signed ticket does that work, across two host names


# --- handsets ----------------------------------------------------------------------------------


@demo_page
@require_POST
def handset(request: PageRequest) -> HttpResponse:
    """Pick up, press a key, put down, or answer a text."""
    do, sid = request.POST.get("do", ""), request.POST.get("call", "")
    try:
        if do == "pick-up":
            handsets.pick_up(sid)
        elif do == "hang-up":
            handsets.hang_up(sid)
        elif do in handsets.KEYS:
            handsets.press(sid, do)
        elif do == "clear":
            handsets.clear()
        else:
            _reply(request, do)
    except handsets.Silent:
        pass  # the page says so
    return _back(request)


def _reply(request: PageRequest, do: str) -> None:
    words = do.removeprefix("say:") if do.startswith("say:") else request.POST.get("words", "")
    number = request.POST.get("number", "")
    if words.strip() and number:
        handsets.reply(number, words.strip()[:320])


def _back(request: PageRequest) -> HttpResponse:
    """The live part for a page with script, else the whole page again."""
    if request.headers.get("HX-Request"):
        return _draw(request, "demo/live.html", _now(request))
    return HttpResponseRedirect("/demo/#handsets")


# --- the stagehands' switches ------------------------------------------------------------------


@demo_page
@require_POST
def move_clock(request: PageRequest) -> HttpResponse:
    """Move Holdfast's clock: to the next night, two minutes on, or back to true time."""
    do = request.POST.get("do", "")
    with program_scope(_program().id) as now:
        night = next_night(now, zone(_program().timezone))
    if do == "night":
        for slug in (PROGRAM, OTHER_PROGRAM):
            with program_scope(_program(slug).id) as now:
                stage.end_the_day(now, night + timedelta(hours=2))
    with transaction.atomic():
        if do == "night":
            clock.move(night - now)
        elif do == "later":
            clock.move(timedelta(minutes=2))
        elif do == "reset":
            clock.reset()
    with program_scope(_program().id) as now:
        stage.keep_cal_first(_program().id, now)
    return _back(request)


def next_night(now: datetime, place: ZoneInfo) -> datetime:
    """The next two o'clock at night there; now, when it is that late already."""
    here = now.astimezone(place)
    if NIGHT <= here.time() < MORNING:
        return now
    tonight = datetime.combine(here.date(), NIGHT, place)
    return tonight if tonight > here else datetime.combine(here.date() + timedelta(days=1), NIGHT, place)


@demo_page
@require_POST
def cover(request: PageRequest) -> HttpResponse:
    """Send everyone home, or call them back."""
    with program_scope(_program().id) as now:
        if request.POST.get("do") == "back":
            stage.call_back(now)
        elif not stage.everyone_is_home(now):
            stage.send_home(_program().id, now)
    return _back(request)
