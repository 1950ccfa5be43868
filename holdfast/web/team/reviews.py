"""What follows a death: the checklists that are open, worked through together."""

from dataclasses import dataclass

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.content.reviews import Checklist, Item, checklist
from holdfast.crisis import leaving
from holdfast.crisis.models import Review, ReviewItem
from holdfast.crisis.queries import review_items, reviews_visible_to
from holdfast.crisis.rules import NotAllowed
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import NotRead, Typed, typed, uid, words


@dataclass(frozen=True)
class Sheet:
    """One checklist of one client, as it stands."""

    review: Review
    book: Checklist
    rows: tuple[tuple[Item, ReviewItem | None], ...]


@staff_page("work with clients")
def reviews(request: PageRequest) -> HttpResponse:
    """Every checklist that is open, newest first."""
    form, refused, status = Typed(), "", 200
    if request.method == "POST":
        form = typed(request.POST)
        try:
            with transaction.atomic():
                _did(request, form)
            return redirect(reverse("reviews") + f"#r-{form.get('review')}")
        except NotRead as no:
            refused, status = str(no), 400
        except NotAllowed as no:
            refused, status = str(no), 409
    found = list(reviews_visible_to(request.actor).order_by("done_at", "-opened_at")[:40])
    done = review_items(found)
    sheets = []
    for review in found:
        book = checklist(review.kind)
        by_item = {each.item: each for each in done if each.review_id == review.id}
        sheets.append(Sheet(review, book, tuple((item, by_item.get(item.id)) for item in book.items)))
    context = {"sheets": sheets, "refused": refused, "kept": dict(form.values)}
    return draw(request, "team/reviews.html", context, nav="tasks", status=status)


def _did(request: PageRequest, form: Typed) -> None:
    which = uid(form, "review")
    review = reviews_visible_to(request.actor).filter(uid=which).first() if which else None
    if review is None:
        raise NotRead("review", _("We do not know that list. Load the page again."))
    leaving.did(review, form.get("item"), me(request), words(form, "words"), request.now)
