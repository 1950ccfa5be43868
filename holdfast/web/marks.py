"""What a session remembers of how its person proved themselves, and whether it is locked.

Read from the session that is loaded anyway and from a signed cookie: no query. Times are true time, signed, never
Holdfast's own clock, which the demo moves: a lock is about a real person at a real desk.
"""

from datetime import timedelta
from secrets import token_hex
from typing import Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

SECOND: Final = "holdfast_second"  # which second factor this session was made with
PROVED: Final = "holdfast_proved"  # when its person last proved themselves
LOCKED: Final = "holdfast_locked"
BY_HAND: Final = "by hand"
AWAKE: Final = "holdfast_awake"  # cookie: when somebody last did something
KNOWN: Final = "holdfast_known"  # cookie: the number of this device, and who signed in on it before
PAUSE: Final = "holdfast_pause"  # cookie: after how many minutes a client is asked again, on this device

STAFF_IDLE: Final = timedelta(minutes=15)
STEP_UP: Final = timedelta(minutes=15)
SOMETIMES: Final = timedelta(seconds=10)  # the cookie is not written with every answer
PAUSES: Final = (30, 120, 720)  # minutes; a session ends after twelve hours anyway
USUAL_PAUSE: Final = 120
MOST_KNOWN: Final = 6  # people who share one device
YEAR: Final = 365 * 24 * 60 * 60

_stamps = signing.TimestampSigner(salt="holdfast stamp")


def _stamp(words: str) -> str:
    return _stamps.sign(words)


def _fresh(stamp: object, words: str, within: timedelta) -> bool:
    try:
        return _stamps.unsign(str(stamp), max_age=within) == words
    except signing.BadSignature:
        return False


def _person(session: SessionBase) -> str:
    return str(session.get(SESSION_KEY, ""))


# ---- the second factor --------------------------------------------------------------------------------


def second(session: SessionBase) -> str:
    """Which second factor this session was made with; empty where there was none."""
    kept = session.get(SECOND)
    return str(kept[1]) if isinstance(kept, list) and kept[0] == _person(session) else ""


def did_second(session: SessionBase, how: str) -> None:
    session[SECOND] = [_person(session), how]


def no_second(session: SessionBase) -> None:
    """The last second factor was taken away: this session has none any more."""
    session.pop(SECOND, None)


# ---- proof, and the lock ------------------------------------------------------------------------------


def proved(session: SessionBase, how: str = "") -> None:
    """The person has just proved themselves. `how` is the second factor they did it with, if it was one."""
    session[PROVED] = _stamp(f"proved {_person(session)}")
    session.pop(LOCKED, None)
    if how:
        did_second(session, how)


def proved_lately(session: SessionBase, within: timedelta = STEP_UP) -> bool:
    return _fresh(session.get(PROVED), f"proved {_person(session)}", within)


def whose(request: HttpRequest) -> str:
    """Whose page this is, for the page itself: it gives what it hides to nobody else."""
    return salted_hmac("holdfast whose", _person(request.session)).hexdigest()[:24]


def lock(request: HttpRequest, *, by_hand: bool = True) -> None:
    """Nothing is shown until the person has proved themselves again."""
    request.session[LOCKED] = BY_HAND if by_hand else True
    request.session.pop(PROVED, None)


def locked_by_hand(request: HttpRequest) -> bool:
    return bool(request.session.get(LOCKED) == BY_HAND)


def locked(request: HttpRequest, idle: timedelta) -> bool:
    """Whether somebody has to prove themselves first: it was locked, or nothing was done for so long."""
    if request.session.get(LOCKED):
        return True
    awake = _fresh(request.COOKIES.get(AWAKE), _awake(request), idle)
    return not awake and not proved_lately(request.session, idle)


def refreshes_itself(request: HttpRequest) -> bool:
    """A page that asks for its own part again, with script or without: nobody need be there for that."""
    return request.method == "GET" and ("HX-Request" in request.headers or "fresh" in request.GET)


def stay_awake(request: HttpRequest, answer: HttpResponse) -> None:
    """Somebody did something here."""
    if refreshes_itself(request) or _fresh(request.COOKIES.get(AWAKE), _awake(request), SOMETIMES):
        return
    keep_cookie(answer, AWAKE, _stamp(_awake(request)), None)


def _awake(request: HttpRequest) -> str:
    """Bound to the session, whose key stays out of the cookie."""
    return "awake " + salted_hmac("holdfast awake", str(request.session.session_key)).hexdigest()[:24]


def pause_of(request: HttpRequest) -> timedelta:
    """After how long a client is asked again, as they chose on this device."""
    return timedelta(minutes=next((m for m in PAUSES if str(m) == request.COOKIES.get(PAUSE)), USUAL_PAUSE))


# ---- devices that are known ---------------------------------------------------------------------------


def known_device(request: HttpRequest, account: str) -> str:
    """The number of this device, if this account has signed in on it before; else empty. It lets nobody in; it only
    keeps strangers' wrong tries from slowing them. The number stays, however often somebody signs in here."""
    number, known = _kept(request)
    return number if _device_of(account) in known else ""


def know(request: HttpRequest, answer: HttpResponse, account: str) -> None:
    """This account has signed in here, or set its password by a link from its mail."""
    one = _device_of(account)
    number, before = _kept(request)
    known = [one, *(each for each in before if each != one)][:MOST_KNOWN]
    keep_cookie(answer, KNOWN, signing.dumps([number or token_hex(12), known], salt=KNOWN), YEAR)


def _kept(request: HttpRequest) -> tuple[str, list[str]]:
    """The number of this device, and who is known on it."""
    try:
        number, known = signing.loads(request.COOKIES.get(KNOWN, ""), salt=KNOWN, max_age=YEAR)
    except (signing.BadSignature, ValueError, TypeError):
        return "", []
    return (number, known) if isinstance(number, str) and isinstance(known, list) else ("", [])


def _device_of(account: str) -> str:
    return salted_hmac("holdfast known", account.strip().lower()).hexdigest()[:24]


def keep_cookie(answer: HttpResponse, name: str, value: str, age: int | None) -> None:
    answer.set_cookie(
        name, value, max_age=age, httponly=True, samesite="Lax", secure=bool(settings.SESSION_COOKIE_SECURE)
    )
