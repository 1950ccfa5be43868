"""What an answer by phone does: the crisis or the task is theirs, passes on, or is somebody's already."""

from datetime import datetime
from typing import Final

from holdfast.care.models import Task
from holdfast.crisis import actions as crisis
from holdfast.crisis import handing
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import NotAllowed
from holdfast.notify.webhooks import Heard, Word
from holdfast.oncall import actions as oncall
from holdfast.oncall import canary
from holdfast.oncall.models import Page
from holdfast.oncall.queries import open_pages_of
from holdfast.oncall.rules import Answer

BY: Final = {"sms": "by text", "voice": "by keypress"}


def answer_page(page_id: int, word: Word, via: str, now: datetime) -> Heard:
    """Answer a page from a handset. Lock order as everywhere: the crisis, then its paging."""
    page = Page.objects.select_related("paging", "staff").filter(id=page_id).first()
    if page is None:
        return Heard("over")
    if page.paging.what == "crisis":
        return _have_crisis(page, via, now) if word == "have" else _cannot_crisis(page, via, now)
    if page.paging.what == "second":
        return _second(page, Answer(word), via, now)
    if page.paging.what in (canary.START, canary.LATE_START):
        return _start(page, Answer(word), via, now)
    return _task(page, Answer(word), via, now)


def _have_crisis(page: Page, via: str, now: datetime) -> Heard:
    try:
        crisis.take(page.paging.what_id, page.staff, via, now)
    except crisis.AlreadyTaken as taken:
        handing.answered_second(page.paging.what_id, page.staff, via, now)
        return Heard("taken", taken.owner.first_name)
    except NotAllowed:
        return Heard("over")
    oncall.answer(page.id, Answer.HAVE, via, now)
    return Heard("have")


def _cannot_crisis(page: Page, via: str, now: datetime) -> Heard:
    episode = Episode.objects.select_related("owner").get(id=page.paging.what_id)
    if episode.owner is not None and episode.owner_id == page.staff_id:
        return _take_back(page, episode, via, now)
    if episode.owner is not None:
        return Heard("taken", episode.owner.first_name)
    if page.paging.stopped_at is not None and not _asked_again(page):
        return Heard("over")
    oncall.answer(page.id, Answer.CANNOT, via, now)
    return Heard("cannot")


def _take_back(page: Page, episode: Episode, via: str, now: datetime) -> Heard:
    """Whoever said "I have this" and now says "I cannot" gives it back, and is not the next to be asked."""
    crisis.give_back(episode.id, page.staff, f"said “I cannot” {BY.get(via, via)}", now)
    again = open_pages_of(page.staff_id).filter(paging__what="crisis", paging__what_id=episode.id).first()
    if again:
        oncall.answer(again.id, Answer.CANNOT, via, now)
    return Heard("cannot")


def _asked_again(page: Page) -> bool:
    return (
        open_pages_of(page.staff_id).filter(paging__what=page.paging.what, paging__what_id=page.paging.what_id).exists()
    )


def _second(page: Page, answer: Answer, via: str, now: datetime) -> Heard:
    """The call for a second person: the first to say yes is called in."""
    if page.paging.stopped_at is not None:
        return Heard("have" if page.answer == Answer.HAVE else "over")
    oncall.answer(page.id, answer, via, now)
    return Heard("have" if answer is Answer.HAVE else "cannot")


def _start(page: Page, answer: Answer, via: str, now: datetime) -> Heard:
    """About the beginning of a shift: its own person is there, or somebody above sees to it."""
    if page.paging.stopped_at is not None:
        return Heard("over")
    oncall.answer(page.id, answer, via, now)
    if page.paging.what == canary.START:
        return Heard("there" if answer is Answer.HAVE else "not_coming")
    return Heard("sees_to_it" if answer is Answer.HAVE else "cannot")


def _task(page: Page, answer: Answer, via: str, now: datetime) -> Heard:
    if page.paging.stopped_at is not None:
        task = Task.objects.select_related("owner").filter(id=page.paging.what_id, done_at=None, late_at=None).first()
        if task and task.owner and task.owner_id == page.staff_id:
            return Heard("have")
        return Heard("taken", task.owner.first_name) if task and task.owner else Heard("over")
    oncall.answer(page.id, answer, via, now)
    return Heard("have" if answer is Answer.HAVE else "cannot")
