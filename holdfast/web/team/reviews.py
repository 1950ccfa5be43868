"""What follows a death: the checklists that are open, worked through together. An item can get a name and a day."""

from dataclasses import dataclass

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from holdfast.approval.queries import is_draft
from holdfast.content.reviews import Checklist, Item, checklist
from holdfast.crisis import after, leaving
from holdfast.crisis.afterwards import actions_of_reviews, last_crises_of, texts_of_reviews
from holdfast.crisis.models import AfterText, AssignedAction, Episode, Review, ReviewItem
from holdfast.crisis.queries import review_items, reviews_visible_to
from holdfast.crisis.rules import NotAllowed
from holdfast.people.charts import Right
from holdfast.people.queries import may_make_contact
from holdfast.people.rules import LEADS
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.chart import saw_all
from holdfast.web.team.after import named
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import NotRead, Typed, day, typed, uid, whole_number, words


@dataclass(frozen=True)
class Line:
    """One item of a checklist: who did it, or who is to do it by when."""

    item: Item
    done: ReviewItem | None
    deed: AssignedAction | None


@dataclass(frozen=True)
class Sheet:
    """One checklist of one client, as it stands. `crisis`: the one that was open then, or else their last.

    `writes`: where no crisis was open, those who look back write here; `texts` are the versions, newest first.
    """

    review: Review
    book: Checklist
    rows: tuple[Line, ...]
    crisis: Episode | None
    writes: bool
    texts: list[AfterText]
    draft: bool


@staff_page("work with clients")
def reviews(request: PageRequest) -> HttpResponse:
    """Every checklist that is open, newest first."""
    form, refused, status = Typed(), "", 200
    if request.method == "POST":
        form = typed(request.POST)
        try:
            with transaction.atomic():
                _press(request, form)
            return redirect(reverse("reviews") + f"#r-{form.get('review')}")
        except NotRead as no:
            refused, status = str(no), 400
        except NotAllowed as no:
            refused, status = str(no), 409
    context = {
        "sheets": _sheets(request),
        "refused": refused,
        "kept": dict(form.values),
        "people": may_make_contact(request.now),
        "today": timezone.localtime(request.now).date(),
        "me": me(request).id,
        "leads": request.actor.role in LEADS,
    }
    return draw(request, "team/reviews.html", context, nav="reviews", status=status)


def _sheets(request: PageRequest) -> list[Sheet]:
    found = list(reviews_visible_to(request.actor).order_by("done_at", "-opened_at")[:40])
    saw_all(request, [each.client_id for each in found], Right.AFTER_A_DEATH)
    done = {(each.review_id, each.item): each for each in review_items(found)}
    deeds = {
        (each.review_id, each.item): each for each in actions_of_reviews([r.id for r in found]) if each.done_at is None
    }
    last = last_crises_of([r.client_id for r in found if r.episode_id is None])
    texts = texts_of_reviews([r.id for r in found if r.episode_id is None])
    books = {review.kind: checklist(review.kind) for review in found}
    drafts = {kind: is_draft(f"reviews/{kind}.toml", book.status, request.now) for kind, book in books.items()}
    sheets = []
    for review in found:
        book = books[review.kind]
        rows = [Line(i, done.get((review.id, i.id)), deeds.get((review.id, i.id))) for i in book.items]
        writes = review.kind == after.LOOKS_BACK and review.episode_id is None
        crisis = review.episode or last.get(review.client_id)
        sheets.append(Sheet(review, book, tuple(rows), crisis, writes, texts.get(review.id, []), drafts[review.kind]))
    return sheets


def _press(request: PageRequest, form: Typed) -> None:
    which = uid(form, "review")
    review = reviews_visible_to(request.actor).filter(uid=which).first() if which else None
    if review is None:
        raise NotRead("review", _("We do not know that list. Load the page again."))
    if form.get("do") == "write":
        after.write_of_death(review, me(request), form.get("text"), whole_number(form, "based_on"), request.now)
        return
    if form.get("do") != "assign":
        leaving.did(review, form.get("item"), me(request), words(form, "words"), request.now)
        return
    item = next((one for one in checklist(review.kind).items if one.id == form.get("item")), None)
    if item is None:
        raise NotRead("item", _("This list has no such item. Load the page again."))
    to, due = named(request, form), day(form, "due")
    after.assign_item(review, item.id, str(item.title), me(request), to=to, due=due, now=request.now)
