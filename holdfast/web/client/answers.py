"""Answering a form: one question a screen, each kept as it is sent.

The address carries a signed token instead of a session. Posting never asks who is signed in, so that a
login that ran out never swallows a yes, and it does as little as it can, because it must not be slow.

Whoever holds the address may answer; what was answered before is shown to the signed-in client alone. So an
empty question says nothing about one that was answered: it never takes an answer back.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.approval.queries import is_draft, why_not_ask, worded
from holdfast.assessment.actions import Saved, save_answers
from holdfast.assessment.models import Answer, Response
from holdfast.assessment.queries import latest_answers, response_by_uid, unjudged
from holdfast.assessment.rules import is_asked
from holdfast.assessment.steps import next_item
from holdfast.assessment.worry import somebody_is_told
from holdfast.content.load import questionnaire
from holdfast.content.shapes import Item, Kind, Questionnaire
from holdfast.crisis.queries import what_became_of_response, what_came_so_far
from holdfast.people.rules import Standing
from holdfast.web import signed
from holdfast.web.access import PageRequest, belongs, in_their_words, token_page
from holdfast.web.client.so import said_so_far, show_what_is_so
from holdfast.web.client.voices import hear
from holdfast.web.fields import Fields
from holdfast.web.sealed import opened, shut

SALT = "answer"
FIELD = "item-"  # posted fields are named item-<linkId>
SHOWN = "shown"  # names the question whose earlier answer stood on the page: left empty, it was emptied
# What assessment may say of an answer: its sentences are translated here, where the reader's language is known.
REFUSALS = (
    gettext_noop("This form has no such question."),
    gettext_noop("Please pick one of the answers."),
    gettext_noop("That is longer than we can keep: 4000 letters at most. What you wrote is still here."),
    gettext_noop("Some letters in this cannot be kept. Please take them out."),
)
ROW_OF_NUMBERS = 12  # a scale this long still fits on one screen as buttons


def address(program: int, client: int, response: UUID, now: datetime) -> str:
    """Where this form is answered by this client: good for a day."""
    return reverse("answer", args=[signed.write(SALT, signed.Token(program, client, response, now))])


@token_page(SALT)
def answer(request: PageRequest, token: str) -> HttpResponse:
    """The next question, or what was just answered."""
    if request.token is None or request.token.expired(request.now):
        return _not_received(request)
    if request.method == "POST":
        return _receive(request, token, request.token)
    return _ask(request, token, request.token)


@token_page(SALT)
def sent(request: PageRequest, token: str) -> HttpResponse:
    """What became of the answers."""
    if request.token is None or request.token.expired(request.now):
        return _not_received(request)
    response = response_by_uid(request.token.what)
    if response is None:
        return _not_received(request)
    if request.method == "POST":
        return hear(request, response.client)
    with in_their_words(request, response.client):
        return show_what_is_so(
            request,
            what_became_of_response(response, request.now),
            "answer",
            name=opened(response.client, "preferred_name"),
        )


def _receive(request: PageRequest, token: str, given: signed.Token) -> HttpResponse:
    typed, refused = _answers(request.fields)
    try:
        saved = save_answers(given.what, _without_taking_back(given.what, typed, request.fields), "web", request.now)
    except Response.DoesNotExist:
        return _not_received(request)
    refused |= saved.refused
    if refused or request.fields.lost:
        return _ask_again(request, token, given, refused)
    return redirect(_next_address(saved, token, given, request.now))


def _answers(fields: Fields) -> tuple[dict[str, str], dict[str, str]]:
    """Item by item: what came in, and what could not be read, with a sentence."""
    typed = {name.removeprefix(FIELD): value for name, value in fields.values.items() if name.startswith(FIELD)}
    refused = {}
    for name in fields.unreadable:
        if name.startswith(FIELD):
            too_long = name == fields.cut
            refused[name.removeprefix(FIELD)] = (
                gettext_noop("That is longer than we can keep. What you wrote is still here: please make it shorter.")
                if too_long
                else gettext_noop("Some letters in this could not be read. Please look at it and send it again.")
            )
    # A question that was shown and left without an answer is skipped, which is an answer too.
    asked = fields.values.get("asked", "")
    if asked and asked not in typed and asked not in refused:
        typed[asked] = ""
    return typed, refused


def _without_taking_back(response: UUID, typed: dict[str, str], fields: Fields) -> dict[str, str]:
    """What came in, less every empty question that has an answer already: a page that did not show the answer
    cannot take it back. One that did show it can, when the person empties it."""
    shown = fields.values.get(SHOWN)
    empty = [item for item, text in typed.items() if not text.strip() and item != shown]
    if not empty:
        return typed
    answered = Answer.objects.filter(response__uid=response, item__in=empty, value__isnull=False)
    keep = set(answered.values_list("item", flat=True))
    return {item: text for item, text in typed.items() if item not in keep or item not in empty}


def _next_address(saved: Saved, token: str, given: signed.Token, now: datetime) -> str:
    if saved.next_response:
        return address(given.program, given.client, saved.next_response, now)
    if saved.next_item:
        return reverse("answer", args=[token])
    return reverse("sent", args=[token])


@dataclass(frozen=True)
class Question:
    """One question as a screen shows it."""

    item: Item
    typed: str
    error: str = ""
    shown: bool = False  # an earlier answer stands in it
    hidden: bool = False  # an earlier answer may be kept, and is not shown

    @property
    def options(self) -> tuple[tuple[int, str, bool], ...]:
        """Value, label, and whether it was picked before."""
        numbers = [(n, str(n)) for n in self.item.values]
        choices = [(choice.value, choice.label) for choice in self.item.choices] if self.item.choices else numbers
        return tuple((value, label, self.typed == str(value)) for value, label in choices)  # type: ignore[misc]

    @property
    def shape(self) -> str:
        """text, scale, number or choices: which input it gets."""
        if self.item.kind is Kind.TEXT:
            return "text"
        if self.item.kind is Kind.NUMBER:
            return "scale" if len(self.item.values) <= ROW_OF_NUMBERS else "number"
        return "choices"


def _ask(request: PageRequest, token: str, given: signed.Token) -> HttpResponse:
    response = response_by_uid(given.what)
    if response is None:
        return _not_received(request)
    form = worded(questionnaire(response.instrument, response.version))
    if form.licence and why_not_ask(form):
        return form_is_off(request)  # what was answered before is kept and judged all the same
    answers = latest_answers(response.id)
    values = {item: answer.value for item, answer in answers.items()}
    wanted = _asked_for(request, form) or next_item(form, values)
    if wanted is None:
        return redirect("sent", token)
    going_back = wanted.id in answers
    theirs = going_back and response.client.standing != Standing.DIED and _signed_in_as(request, given)
    before = _typed(answers.get(wanted.id)) if theirs else ""
    with in_their_words(request, response.client):
        question = Question(wanted, before, shown=bool(before), hidden=going_back and not theirs)
        return _show(request, token, form, values, [question], 200, told=_told(response, request.now))


def _ask_again(request: PageRequest, token: str, given: signed.Token, refused: dict[str, str]) -> HttpResponse:
    """The questions that could not be taken, with the sentence why and the words as they were typed."""
    response = response_by_uid(given.what)
    if response is None:
        return _not_received(request)
    form = worded(questionnaire(response.instrument, response.version))
    values = {item: answer.value for item, answer in latest_answers(response.id).items()}
    words = request.fields.typed
    with in_their_words(request, response.client):
        questions = [
            Question(item, words.get(FIELD + item.id, ""), _(refused[item.id]), shown=words.get(SHOWN) == item.id)
            for item in form.items
            if item.id in refused
        ]
        strange = [_(refused[item]) for item in refused if item not in {question.item.id for question in questions}]
        if request.fields.lost:
            strange.append(
                _("Part of what you sent did not reach us. Please look at your answers and send them again.")
            )
        left = next_item(form, values) or (form.items[-1] if request.fields.lost else None)
        shown = questions or ([Question(left, "")] if left else [])
        if not shown:
            return redirect("sent", token)
        return _show(request, token, form, values, shown, 400, strange, told=_told(response, request.now))


def _told(response: Response, now: datetime) -> str:
    """After an answer that a person is told of: what is so, in the client's own language."""
    if not somebody_is_told(response):
        return ""
    return said_so_far(what_came_so_far(response, now), unjudged(response.id))


def _show(
    request: PageRequest,
    token: str,
    form: Questionnaire,
    values: dict[str, int | None],
    questions: list[Question],
    status: int,
    strange: list[str] | None = None,
    *,
    told: str = "",
) -> HttpResponse:
    """The questions. `told`: what became of a worrying answer so far, in a sentence."""
    first = questions[0].item
    asked = [item for item in form.items if is_asked(item, values) or _hangs_on(item, first, form)]
    at = asked.index(first) if first in asked else 0
    back = form.items.index(asked[at - 1]) + 1 if at else None
    context = {
        "form": form,
        "token": token,
        "questions": questions,
        "strange": strange or [],
        "number": at + 1,
        "of": len(asked),
        "part": round(100 * (at + 1) / len(asked)) if asked else 100,
        "back": back,
        "last": at + 1 == len(asked),
        "told": told,
        "draft": is_draft(f"questionnaires/{form.name}/{form.version}", form.status, request.now),
    }
    return render(request, "client/question.html", context, status=status)


def _hangs_on(item: Item, first: Item, form: Questionnaire) -> bool:
    """Whether the question on the screen opens the form and alone decides if this one is asked: it may still come."""
    return first is form.items[0] and {when.item for when in item.when} == {first.id}


def _asked_for(request: PageRequest, form: Questionnaire) -> Item | None:
    """The question that Back names, by its place in the form."""
    place = request.GET.get("q", "")
    if place.isascii() and place.isdigit() and 0 < int(place[:4]) <= len(form.items):
        return form.items[int(place[:4]) - 1]
    return None


def _signed_in_as(request: PageRequest, given: signed.Token) -> bool:
    """Whether the client of this form is signed in here. For pages that show; posting never asks."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return False
    member = belongs(request, "client")
    return member is not None and (member.program, member.id) == (given.program, given.client)


def _typed(answer: Answer | None) -> str:
    if answer is None or answer.value is None or shut(answer, "words"):
        return ""
    return str(answer.value) if answer.words is None else answer.words


def form_is_off(request: PageRequest) -> HttpResponse:
    """A form that needs a licence, and nobody has attested to one."""
    return render(request, "client/form_off.html", status=409)


def _not_received(request: PageRequest) -> HttpResponse:
    """The address is too old, or not one of ours: say which, that nothing arrived, and give the words back."""
    fields = getattr(request, "fields", None)
    words = (
        [value for name, value in fields.typed.items() if name.startswith(FIELD) and not value.isdigit()]
        if fields
        else []
    )
    old = request.token is not None and request.token.expired(request.now)
    context = {"posted": fields is not None, "old": old, "typed": [each for each in words if each.strip()]}
    return render(request, "client/not_received.html", context, status=400)
