"""Looking back at a crisis, on paper: what the team wrote, the actions, and the whole timeline from the record."""

from datetime import datetime
from itertools import accumulate, islice
from typing import Final

from django.utils.translation import gettext as _

from holdfast.crisis.afterwards import LookBack
from holdfast.crisis.models import AssignedAction
from holdfast.web.pdf import Paper
from holdfast.web.sealed import opened
from holdfast.web.team.after_words import asked_words, draft, left_out_words, line_words, mark_lines, mark_words
from holdfast.web.team.board import full_name, kind_of
from holdfast.web.team.words import DISPOSITIONS
from holdfast.web.templatetags.team import stamp

MOST_LINES: Final = 5_000  # of the timeline; the rest is counted
MOST_LETTERS: Final = 1_500_000
LONGEST: Final = 4_000  # letters of one line


def after_paper(back: LookBack, reader: str, now: datetime) -> bytes:
    """One file. It holds what a chart holds, and says so on every page."""
    episode, at = back.whole.episode, stamp(now)
    paper = Paper(
        _("After-action: %(name)s") % {"name": full_name(episode)},
        _("Printed %(at)s by %(name)s. Part of a chart: keep it as you keep one.") % {"at": at, "name": reader},
    )
    ended = {d.value: _(text) for d, text in DISPOSITIONS.items()}.get(
        episode.disposition, episode.disposition.replace("_", " ")
    )
    paper.pairs(
        [
            (_("Crisis"), f"{kind_of(episode)}, {episode.urgency}"),
            (_("How it ended"), ended or "—"),
            *((line.title, mark_words(line)) for line in mark_lines(back, now)),
        ]
    )
    paper.heading(_("Clocks that ran out"))
    _list(paper, [line_words(line) for line in back.missed], _("None."))
    paper.heading(_("Who was asked"))
    _list(paper, [f"{one.name}: {asked_words(one)}" for one in back.asked], _("Nobody."))
    paper.heading(_("What was left out, and why"))
    _list(paper, left_out_words(back), _("Nothing."))
    _text(paper, back, now)
    paper.heading(_("Actions"))
    _list(paper, [_action_words(one) for one in back.actions], _("None."))
    paper.heading(_("Timeline, from the record"))
    lines = list(islice((line_words(line)[:LONGEST] for line in back.story), MOST_LINES))
    fits = sum(1 for so_far in accumulate(map(len, lines)) if so_far <= MOST_LETTERS)
    _list(paper, lines[:fits], _("Nothing."))
    if left := len(back.whole.timeline) - fits:
        paper.line(_("%(n)s later lines are not printed here.") % {"n": left}, bold=True)
    return paper.drawn()


def _text(paper: Paper, back: LookBack, now: datetime) -> None:
    newest = back.newest
    if newest is None:
        paper.heading(_("Draft from the timeline: nobody has written on it yet"))
        _list(paper, draft(back, now).splitlines(), "")
        return
    paper.heading(
        _("What we wrote (version %(n)s, %(name)s, %(at)s)")
        % {"n": newest.number, "name": newest.by.name, "at": stamp(newest.at)}
    )
    _list(paper, opened(newest, "words", _("Words that cannot be read.")).splitlines(), "")


def _action_words(action: AssignedAction) -> str:
    what = opened(action, "what", _("Words that cannot be read."))
    stands = (
        _("done %(at)s by %(name)s") % {"at": stamp(action.done_at), "name": action.done_by.name}
        if action.done_at and action.done_by
        else _("not done yet")
    )
    return f"{what}: {action.owner.name}, {action.due_on:%Y-%m-%d}, {stands}"


def _list(paper: Paper, lines: list[str], nothing: str) -> None:
    paper.lines(line[:LONGEST] for line in lines or [nothing])
