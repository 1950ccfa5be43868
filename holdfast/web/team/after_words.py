"""Looking back at a crisis, in words: its clocks, whom it asked, what was left out, and a first draft to write on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from holdfast.crisis.afterwards import LookBack, Omission
from holdfast.crisis.course import Happening
from holdfast.crisis.lookback import Asking
from holdfast.crisis.rules import Ground
from holdfast.web.team.words import GROUNDS, WAIVED
from holdfast.web.templatetags.team import stamp, via_word

MARKS: Final[dict[str, str]] = {
    "raised": gettext_noop("Raised"),
    "first_page": gettext_noop("First page"),
    "taken": gettext_noop("Taken"),
    "first_try": gettext_noop("First try to reach the client"),
    "reached": gettext_noop("Reached"),
    "handed_over": gettext_noop("Handed over"),
    "given_back": gettext_noop("Given back to paging"),
    "settled_before": gettext_noop("Settled, before it came back"),
    "came_back": gettext_noop("Came back"),
    "settled": gettext_noop("Settled"),
    "next_contact": gettext_noop("Next contact made"),
    "closed": gettext_noop("Closed"),
}
NOT_TOLD: Final = frozenset({"send"})  # each single text and call stands on the timeline, not in the draft
MOST_TOLD: Final = 80


@dataclass(frozen=True)
class MarkLine:
    """One clock of the way: what, when, how long after the signal, and whether its time was kept."""

    name: str
    title: str
    at: datetime | None
    after: str
    due: datetime | None
    late: bool


def lasting(span: timedelta) -> str:
    """9 s, 4 min 12 s, 3 h 5 min, 2 days 4 h."""
    whole = max(0, int(span.total_seconds()))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return _("%(days)s days %(hours)s h") % {"days": whole // 86400, "hours": whole % 86400 // 3600}


def mark_lines(back: LookBack, now: datetime) -> list[MarkLine]:
    """Every mark of the way, in order."""
    raised = back.whole.episode.raised_at
    return [
        MarkLine(
            mark.name,
            _(MARKS[mark.name]),
            mark.at,
            lasting(mark.at - raised) if mark.at and mark.name != "raised" else "",
            mark.due,
            mark.late(now),
        )
        for mark in back.marks
    ]


def mark_words(line: MarkLine) -> str:
    """One clock as a sentence."""
    if line.at is None:
        said = _("did not happen")
    else:
        said = stamp(line.at)
        if line.after:
            said += ", " + _("%(span)s after the signal") % {"span": line.after}
    if line.late and line.due:
        said += ". " + _("Late: it was due by %(at)s.") % {"at": stamp(line.due)}
    return said


def asked_words(one: Asking) -> str:
    """What came of asking one person."""
    said = {"have": _("“I have this”"), "cannot": _("“I cannot”")}.get(one.answer)
    count = ngettext("asked once", "asked %(n)s times", one.times) % {"n": one.times}
    parts = [
        _("%(count)s as second person, first at %(at)s") % {"count": count, "at": stamp(one.first_at)}
        if one.second
        else _("%(count)s, first at %(at)s") % {"count": count, "at": stamp(one.first_at)},
        f"{said} {stamp(one.answered_at)}" if said else _("no answer needed or given"),
    ]
    if not one.licensed:
        parts.append(_("without a licence there: no cover"))
    return "; ".join(parts)


def waived_words(one: Omission, ground: str) -> str:
    """What was left out on closing, and on what ground."""
    what = _(WAIVED[one.what]) if one.what in WAIVED else one.what.replace("_", " ")
    return f"{what} ({_(GROUNDS[Ground(ground)])})" if ground in set(Ground) else what


def line_words(line: Happening) -> str:
    """One line of the timeline."""
    tail = ". ".join(part for part in (line.who, via_word(line.detail)) if part)
    return f"{stamp(line.at)}  {line.words}" + (f" ({tail})" if tail else "")


def left_out_words(back: LookBack) -> list[str]:
    """Everything that was left out, with the reason and the name."""
    grounds = back.whole.episode.waivers
    found = [(waived_words(one, grounds.get(one.what, "")), one) for one in back.waivers]
    found += [(_("Step: %(title)s") % {"title": one.what}, one) for one in back.steps_left_out]
    return [f"{what}: “{one.words or '—'}” {one.who}, {stamp(one.at)}" for what, one in found]


def draft(back: LookBack, now: datetime) -> str:
    """A first text from the timeline, for people to write on."""
    return "\n".join(_draft(back, now))


def _draft(back: LookBack, now: datetime) -> Iterator[str]:
    yield _("WHAT HAPPENED")
    told = [line for line in back.story if line.kind not in NOT_TOLD]
    half = MOST_TOLD // 2
    skipped = len(told) - MOST_TOLD
    if skipped > 0:
        yield from (line_words(line)[:300] for line in told[:half])
        yield _("(%(n)s more lines stand on the timeline)") % {"n": skipped}
        yield from (line_words(line)[:300] for line in told[-half:])
    else:
        yield from (line_words(line)[:300] for line in told)
    yield from ("", _("CLOCKS"))
    yield from (f"{line.title}: {mark_words(line)}" for line in mark_lines(back, now))
    yield from ("", _("CLOCKS THAT RAN OUT"))
    yield from [line_words(line)[:300] for line in back.missed[:40]] or [_("None.")]
    yield from ("", _("WHO WAS ASKED"))
    yield from [f"{one.name}: {asked_words(one)}" for one in back.asked[:40]] or [_("Nobody.")]
    yield from ("", _("WHAT WAS LEFT OUT, AND WHY"))
    yield from [words[:400] for words in left_out_words(back)] or [_("Nothing.")]
    for title in (
        _("WHAT HELPED"),
        _("WHAT STOOD IN THE WAY: TOOLS, ROTA, RULES, WORDS"),
        _("WHAT WE CHANGE"),
    ):
        yield from ("", title, "")
