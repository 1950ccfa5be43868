"""What somebody who is not staff is told when they write a text: that a human is asked to read it, and what we are not."""

from datetime import datetime

from django.utils import translation

from holdfast.assessment.texts import receive_text
from holdfast.notify.rules import text_back
from holdfast.notify.webhooks import HearText
from holdfast.web.boundary import boundary_words


def hearer(program: int) -> HearText:
    """Takes texts of this program. What is said back is fixed, names nobody, and quotes nothing."""

    def hear(number: str, words: str, now: datetime) -> str:
        written = receive_text(program, number, words, now)
        if written is None:
            return _with_boundary(text_back("not_staff"), "en")
        if written.told_already:
            return ""
        language = written.client.language if written.client else "en"
        spanish = language.lower().startswith("es")
        return _with_boundary(text_back("heard_es" if spanish else "heard"), language)

    return hear


def _with_boundary(words: str, language: str) -> str:
    with translation.override(language):
        return f"{words} {boundary_words()}"
