"""The helplines for a page, from the dated file of clinical content. Needs no database."""

import logging
import re
from dataclasses import dataclass

from holdfast.content.load import helplines
from holdfast.content.shapes import Helpline
from holdfast.web import languages

FIRST_WORD = re.compile(r"\b[A-ZÁÉÍÓÚÑ]{4,}\b")  # "Text HOME to 741741"
log = logging.getLogger("holdfast.web")


@dataclass(frozen=True)
class Line:
    """One helpline in the reader's language."""

    id: str
    title: str
    who: str
    hours: str
    call: str
    call_words: str
    text_to: str
    text_words: str
    text_first: str  # the word that a text must begin with: HOME, AYUDA
    checked: str


# Should the file be unreadable, the two numbers that must never be missing are still here.
LAST_RESORT = (
    Line("988", "988", "", "", "988", "", "988", "", "", ""),
    Line("911", "911", "", "", "911", "", "", "", "", ""),
)


def lines() -> tuple[Line, ...]:
    """Every line that is shown to everyone, in order."""
    try:
        return tuple(_line(line) for line in helplines().lines)
    except Exception:
        log.exception("the helplines could not be read")
        return LAST_RESORT


def _line(line: Helpline) -> Line:
    language = languages.short()
    text_words = line.text_words.say(language) if line.text_words else ""
    first = FIRST_WORD.search(text_words)
    return Line(
        id=line.id,
        title=line.title.say(language),
        who=line.who.say(language).rstrip(".") + ".",
        hours=line.hours.say(language).rstrip(".") + ".",
        call=line.call,
        call_words=line.call_words.say(language) if line.call_words else "",
        text_to=line.text_to,
        text_words=text_words,
        text_first=first.group() if first else "",
        checked=line.verified_at,
    )
