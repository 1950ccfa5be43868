"""Pure decisions about attempts: what became of one, when to try again, what it says, what a reply means."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final


class Channel(StrEnum):
    """The ways out of the house."""

    IN_APP = "in_app"
    PUSH = "push"
    SMS = "sms"
    VOICE = "voice"
    EMAIL = "email"


class State(StrEnum):
    """What is physically so. None of these is an answer: only a human's "I have this" is."""

    QUEUED = "queued"  # it lies here; no send has been taken by anybody yet
    ACCEPTED = "accepted"  # the carrier has taken it; nothing is known of the handset
    DELIVERED = "delivered"  # it reached the handset, or the call was picked up
    FAILED_FOR_NOW = "failed_for_now"  # this try did not arrive; another may
    FAILED_FOR_GOOD = "failed_for_good"  # this address cannot be reached any more
    NOT_NEEDED = "not_needed"  # before it was sent, nobody had to be asked any more


class News(StrEnum):
    """What is learned about an attempt, by sending it or from a receipt."""

    SENT = "sent"  # our own send: the carrier said yes
    CARRIED = "carried"  # receipt: it is under way
    DELIVERED = "delivered"  # receipt: it reached the handset
    FAILED = "failed"  # it did not get through this time
    REFUSED = "refused"  # this address will never work
    NOT_NEEDED = "not_needed"  # paging stopped before the send began


# Receipts come late, twice and in the wrong order: nothing that is not here changes a state, and only our
# own new send leads from "failed for now" back to "accepted".
MOVES: Final[Mapping[tuple[State, News], State]] = {
    (State.QUEUED, News.SENT): State.ACCEPTED,
    (State.QUEUED, News.CARRIED): State.ACCEPTED,
    (State.QUEUED, News.FAILED): State.FAILED_FOR_NOW,
    (State.QUEUED, News.REFUSED): State.FAILED_FOR_GOOD,
    (State.QUEUED, News.NOT_NEEDED): State.NOT_NEEDED,
    (State.ACCEPTED, News.FAILED): State.FAILED_FOR_NOW,
    (State.ACCEPTED, News.REFUSED): State.FAILED_FOR_GOOD,
    (State.FAILED_FOR_NOW, News.SENT): State.ACCEPTED,
    (State.FAILED_FOR_NOW, News.REFUSED): State.FAILED_FOR_GOOD,
    (State.FAILED_FOR_NOW, News.NOT_NEEDED): State.NOT_NEEDED,
    # Whatever was believed before: it is on the handset.
    **{(state, News.DELIVERED): State.DELIVERED for state in State},
}

WAITING: Final = frozenset({State.QUEUED, State.FAILED_FOR_NOW})
RETRIES: Final = (timedelta(seconds=2), timedelta(seconds=5), timedelta(seconds=15))
# No longer than this does a call without any receipt keep a phone's line.
LINE_HELD: Final = timedelta(seconds=60)
# A text lists its numbers and a call asks one after the other; the others only say how many.
MOST_TOGETHER: Final[Mapping[Channel, int]] = {Channel.SMS: 8, Channel.VOICE: 8}
MOST_COUNTED: Final = 500


def after(state: State, news: News) -> State:
    """The state after this news: unchanged when the news says nothing further."""
    return MOVES.get((state, news), state)


def retry_after(tries: int) -> timedelta | None:
    """How long to wait after so many tries; None: give up for now, the next turn asks afresh."""
    return RETRIES[tries - 1] if 1 <= tries <= len(RETRIES) else None


# ---- receipts ---------------------------------------------------------------------------------------

_TEXT_NEWS: Final[Mapping[str, News]] = {
    "accepted": News.CARRIED,
    "scheduled": News.CARRIED,
    "queued": News.CARRIED,
    "sending": News.CARRIED,
    "sent": News.CARRIED,
    "delivered": News.DELIVERED,
    "read": News.DELIVERED,
    "undelivered": News.FAILED,
    "failed": News.FAILED,
    "canceled": News.FAILED,
}
_CALL_NEWS: Final[Mapping[str, News]] = {
    "queued": News.CARRIED,
    "initiated": News.CARRIED,
    "ringing": News.CARRIED,
    "in-progress": News.DELIVERED,
    "answered": News.DELIVERED,
    "completed": News.DELIVERED,
    "busy": News.FAILED,
    "no-answer": News.FAILED,
    "canceled": News.FAILED,
    "failed": News.FAILED,
}
CALL_ENDED: Final = frozenset({"completed", "busy", "no-answer", "canceled", "failed"})

# Twilio's codes for a number that will not work until somebody mends it, and what that is in words. Codes that
# may be our own number's or account's fault are not here: one wrong setting must not put every contact out of order.
GONE: Final[Mapping[int, str]] = {
    21211: "not a valid number",
    21217: "not a valid number",
    21610: "has said STOP",
    13224: "not a valid number",
    30005: "no such handset",
}


# A telephone that cannot take texts still rings: the text has failed for good, the contact has not.
NO_TEXTS: Final = frozenset({21614, 30006})


def text_news(status: str, code: int | None) -> News | None:
    """What a receipt of a text message says; None when it is not understood."""
    news = _TEXT_NEWS.get(status)
    return News.REFUSED if news is News.FAILED and (code in GONE or code in NO_TEXTS) else news


def call_news(status: str) -> News | None:
    """What a receipt of a call says. An unanswered call has failed for now; its number still works."""
    return _CALL_NEWS.get(status)


# ---- words ------------------------------------------------------------------------------------------

#: Everything that may leave the house about somebody. Neutral, fixed; braces take a first name of staff.
TOLD: Final[Mapping[str, str]] = {
    "new_signal": "There is news about someone you hold.",
    "taken_by": "Thank you. {name} already has this.",
    "over": "Thank you. This is over; nobody is needed any more.",
    "given_back": "Someone you held is being passed on, because we had not heard from you.",
    "late_try": "Someone you hold has not been called yet.",
    "late_step": "A step is late for someone you hold.",
    "late_for": "A step is late for someone {name} holds.",
    "asked_over": "{name} asks you to take someone over. It stays with {name} until you say yes on the page.",
    "asked_second": "{name} asks you to help as a second person. Please open the page.",
    "no_answer_yet": "{name} has not answered you yet. You still hold it.",
    "said_yes": "{name} said yes.",
    "said_no": "{name} cannot. You still hold it.",
    "withdrawn": "{name} does not need you for this any more. Thank you.",
    "not_reached": "Someone you hold cannot be reached. A second person is being asked.",
    "next_contact": "{name} has named you for a next contact. Please look at your list.",
    "next_contact_soon": "A next contact of yours is in half an hour. Please look at your list.",
    "left_out": "Something waits to be seen by those who lead. Please look at your list.",
    "opened": "{name} has written down something that you should see. Please look at your list.",
    "opened_late": "Something waits too long for somebody who leads. Please look at your list.",
    "set_up": "{name} has changed something in the set-up that you should see. Please look at your list.",
    "action": "{name} has written your name beside something to do. Please look at your list.",
    "request_waits": "A request waits for your answer. Please look at your list.",
    "request_late": "A request was not answered in time. Please look at the list of those who lead.",
    "rota": "Some hours ahead have too few people to answer. Please look at the rota.",
    "rota_now": "Right now too few people are there to answer. Please look at the rota.",
    "swap_asked": "{name} asks you to take a shift. Please look at the rota.",
    "swap_yes": "{name} takes the shift.",
    "swap_no": "{name} cannot take the shift. It stays with you.",
    "test": "This is a test. Nobody needs you.",
    "news": "There is news for you.",
    # To clients who asked for it. Neither says of what, and neither blames.
    "client_morning": "Your page for today is ready, whenever you like.",
    "client_nudge": "Your page for today is still open. A minute is enough.",
    "client_morning_es": "Tu página de hoy está lista, cuando quieras.",
    "client_nudge_es": "Tu página de hoy sigue abierta. Basta un minuto.",
}
NUMBERS: Final = (
    "nobody",
    "someone",
    "2 people",
    "3 people",
    "4 people",
    "5 people",
    "6 people",
    "7 people",
    "8 people",
)


@dataclass(frozen=True)
class Item:
    """One thing to say: the name of fixed words and their small arguments."""

    words: str
    args: Mapping[str, str] = field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether a human is to answer this."""
        return self.words in ("page", "test")


SHIFT_STARTS: Final = "Your shift starts"


def needed(count: int) -> str:
    """Who needs you: "Someone needs you", "3 people need you"."""
    who = NUMBERS[count] if count < len(NUMBERS) else f"{count} people"
    return f"{who} need{'s' if count == 1 else ''} you"


def _opening(pages: Sequence[Item]) -> str:
    words = needed(len(pages))
    if any(item.args.get("no_cover") for item in pages):
        return f"No cover: {words}"
    if any(item.args.get("again") for item in pages):
        return f"Nobody has answered: {words}"
    return words[0].upper() + words[1:]


def _about_a_start(item: Item) -> str:
    """What a page about the beginning of a shift says; empty for every other page."""
    if at := item.args.get("starts"):
        return f"{SHIFT_STARTS} at {at}."
    if at := item.args.get("late_start"):
        return f"For the shift that starts at {at} nobody has said yet that they are there."
    return ""


def _reply_about_a_start(item: Item) -> str:
    code = item.args["code"]
    there = "to say you are there" if "starts" in item.args else f"if you see to it, NO {code} if you cannot"
    return f"{_about_a_start(item)} Reply {code} {there}."


def told(item: Item) -> str:
    """One sentence that asks nothing, and what always goes with it: to a client, what we are not."""
    sentence = TOLD.get(item.words, TOLD["news"])
    return " ".join(
        filter(None, (sentence.replace("{name}", item.args.get("name", "A colleague")), item.args.get("also")))
    )


def _split(items: Iterable[Item]) -> tuple[list[Item], list[str]]:
    """Pages, and the other sentences, each once."""
    listed = list(items)
    others = list(dict.fromkeys(told(item) for item in listed if item.words != "page"))
    return [item for item in listed if item.words == "page"], others


def text_message(sender: str, items: Sequence[Item], link: str) -> str:
    """One text for everything that one handset is to be told now."""
    every, others = _split(items)
    pages = [item for item in every if not _about_a_start(item)]
    codes = [item.args["code"] for item in pages]
    parts = [f"{sender}:"]
    if len(codes) == 1:
        parts.append(f"{_opening(pages)}. Reply {codes[0]} if you have this, NO {codes[0]} if you cannot.")
    elif codes:
        parts.append(f"{_opening(pages)}. Reply the number of each one you have, NO and the number if you cannot:")
        parts.append(f"{', '.join(codes)}.")
    parts += [_reply_about_a_start(item) for item in every if _about_a_start(item)]
    parts += others
    test = next((item.args["code"] for item in items if item.words == "test" and "code" in item.args), None)
    if test is not None:
        parts.append(f"Please reply {test} to show that it reached you.")
    return " ".join([*parts, link])


def short_message(items: Sequence[Item]) -> str:
    """The body of a push or a mail: it opens the page, where the answer is given."""
    every, others = _split(items)
    pages = [item for item in every if not _about_a_start(item)]
    starts = [f"{words} Open the page to answer." for item in every if (words := _about_a_start(item))]
    tests = ["Open your page and press “Yes, it arrived” there."] if any(i.words == "test" for i in items) else []
    return " ".join([*([f"{_opening(pages)}."] if pages else []), *starts, *others, *tests])


def spoken_opening(sender: str, pages: Sequence[Item], position: int) -> str:
    """The first words of a call, or of each further question in it."""
    count, needing = len(pages), [item for item in pages if not _about_a_start(item)]
    if position == 0:
        return (
            f"This is {sender}."
            + (f" {_opening(needing)}." if needing else "")
            + (" We ask about one after the other." if count > 1 else "")
        )
    return "Next."


def spoken_question(item: Item, position: int, count: int) -> str:
    """The question about one page, with its own digits."""
    which = f"Number {position + 1} of {count}. " if count > 1 else ""
    have, cannot = item.args["digit"], item.args["cannot_digit"]
    if words := _about_a_start(item):
        there = "to say you are there" if "starts" in item.args else "if you see to it"
        return f"{which}{words} Press {have} {there}. Press {cannot} if you cannot."
    return f"{which}Press {have} if you have this. Press {cannot} if you cannot."


SPOKEN: Final[Mapping[str, str]] = {
    "have": "Thank you. You have this. Please open your page now.",
    "there": "Thank you. We know now that you are there.",
    "sees_to_it": "Thank you. You see to it. Please look at the rota.",
    "not_coming": "Thank you. Backup and supervisor are asked now.",
    "cannot": "Thank you. We ask somebody else.",
    "taken": "Thank you. {name} already has this.",
    "over": "Thank you. This is over; nobody is needed any more.",
    "unread": "That was neither of the two.",
    "silence": "We have not heard a key. We go on asking.",
    "bye": "Goodbye.",
}


def spoken(name: str, who: str = "") -> str:
    """A fixed spoken sentence."""
    return SPOKEN[name].replace("{name}", who or "A colleague")


# ---- replies ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Have:
    """ "I have this", for the pages with these codes."""

    codes: tuple[str, ...]


@dataclass(frozen=True)
class Cannot:
    """ "I cannot", for the pages with these codes."""

    codes: tuple[str, ...]


@dataclass(frozen=True)
class Stop:
    """No more texts to this handset."""


@dataclass(frozen=True)
class Start:
    """Texts are welcome again."""


@dataclass(frozen=True)
class Help:
    """What is this?"""


@dataclass(frozen=True)
class Unknown:
    """Not understood. Never counts as an answer."""


Reply = Have | Cannot | Stop | Start | Help | Unknown

_STOP: Final = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
_START: Final = frozenset({"START", "UNSTOP"})
_HELP: Final = frozenset({"HELP", "INFO"})
_NO: Final = frozenset({"NO", "NOT", "CANNOT", "CANT", "N", "PASS", "UNABLE"})
# Only these may stand beside a code: an automatic answer ("driving, back at 1530") must never count as a yes.
_YES: Final = frozenset(
    re.findall(
        "[A-Z]+",
        "YES Y OK OKAY I HAVE HAS THIS IT IVE IM ON GOT TAKE TAKING WILL AND A ALL BOTH THEM MINE CODE",
    )
)
_CODE: Final = re.compile(r"[0-9]{4}")


def parse_sms_reply(body: str) -> Reply:
    """What a person meant by a text. Anything doubtful is `Unknown`, which changes nothing."""
    plain = unicodedata.normalize("NFKC", body).upper().replace("'", "").replace("\u2019", "")
    words = re.findall(r"[A-Z]+|[0-9]+", plain)
    if len(words) == 1:
        for known, reply in ((_STOP, Stop()), (_START, Start()), (_HELP, Help())):
            if words[0] in known:
                return reply
    codes = tuple(dict.fromkeys(word for word in words if _CODE.fullmatch(word)))
    others = {word for word in words if word not in codes}
    if not codes or any(word.isdigit() for word in others):
        return Unknown()
    if others & _NO:
        return Cannot(codes) if not others - _NO - _YES else Unknown()
    if others - _YES or re.search(r"[^\W\dA-Z_]", plain):
        return Unknown()
    return Have(codes)


TEXT_BACK: Final[Mapping[str, str]] = {
    "unread": "We could not read that, and go on asking. Reply only the number, or NO and the number.",
    "no_such_code": "We do not know that number. Please look at the latest text, or open your page.",
    "help": "These texts ask staff for help. Reply the number to take it, NO and the number if you cannot. STOP ends them.",
    "stop": "",  # the carrier answers a STOP itself
    "start": "You will get texts again.",
    "tested": "Thank you. This phone works.",
    # Whoever writes to a number that pages staff may be somebody in danger. What we are not is said after it.
    "heard": "A person is being asked to read this.",
    "heard_es": "Le pedimos a una persona que lo lea.",
    "not_staff": "This phone is not known here, so the number did nothing.",
}


def text_back(kind: str, who: str = "") -> str:
    """The text that answers a text."""
    return TEXT_BACK[kind] if kind in TEXT_BACK else spoken(kind, who)
