"""Plain words for staff: what a broken promise means now, and the words of the forms."""

from collections.abc import Iterable
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.crisis.course import Choice
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import Disposition, Ground, Result
from holdfast.ledger.vouch import Word
from holdfast.people.models import Client
from holdfast.people.rules import Signed, Standing, Way, zone
from holdfast.web.trouble import of_this_program

# For each promise: what holds while it is kept, and what it means for whoever reads this when it is not.
PROMISES: Final[dict[str, tuple[str, str]]] = {
    "records_can_be_written": (
        gettext_noop("What you press is kept"),
        gettext_noop(
            "Nothing can be saved right now: you can read, but no press is kept and no page goes out. Work on paper, and ring each other."
        ),
    ),
    "the_watch_is_looking": (
        gettext_noop("Somebody checks the alarms"),
        gettext_noop(
            "Nobody checks right now whether our alarms work. Keep the board open and ring each other by phone."
        ),
    ),
    "the_worker_is_working": (
        gettext_noop("Pages are going out"),
        gettext_noop(
            "Calls and texts to staff may not be going out. Whoever reads this: take what nobody has, or ring a colleague by hand."
        ),
    ),
    "received_is_judged": (
        gettext_noop("Every answer is read within seconds"),
        gettext_noop(
            "Some answers of clients have not been read yet. Ring clients you are worried about; do not wait for this board."
        ),
    ),
    "unfinished_screen_is_noticed": (
        gettext_noop("Unfinished safety questions are noticed"),
        gettext_noop(
            "A client stopped in the middle of safety questions and nobody has been told. Look at your clients’ latest answers."
        ),
    ),
    "someone_is_always_sought": (
        gettext_noop("Somebody is asked, and the next in time"),
        gettext_noop("A crisis waits and nobody new is being asked. Take it, or ring a colleague by hand."),
    ),
    "every_worry_has_a_crisis": (
        gettext_noop("Every worrying answer is on this board"),
        gettext_noop("A worrying answer may be missing from this board. Look at your clients’ latest answers."),
    ),
    "every_crisis_without_an_owner_is_being_paged": (
        gettext_noop("Whatever nobody has is being paged"),
        gettext_noop("A crisis that nobody has is not being paged. Take it, or ring a colleague by hand."),
    ),
    "no_send_begins_after_an_answer": (
        gettext_noop("Calls stop once somebody answered"),
        gettext_noop("You may be rung about a crisis that somebody already has. The board is right."),
    ),
    "every_open_crisis_is_looked_at": (
        gettext_noop("Every clock that runs out is heard"),
        gettext_noop("A clock has run out and nobody was told. Look at every row here by hand."),
    ),
    "every_clock_within_a_crisis_is_heard": (
        gettext_noop("Late steps and late tries are told"),
        gettext_noop("A step or a try is late and nobody was told. Look at every open crisis by hand."),
    ),
    "every_second_person_asked_for_is_sought": (
        gettext_noop("A second person who was asked for is being sought"),
        gettext_noop("A second person was asked for and nobody is being asked. Open the crisis and call somebody."),
    ),
    "a_second_person_is_sought_for_an_owner": (
        gettext_noop("A second person is sought only while somebody has the crisis"),
        gettext_noop("People are asked to help with a crisis that nobody has, or that is over. Open the board."),
    ),
    "no_crisis_closes_with_its_landing_undone": (
        gettext_noop("Nothing is closed before it has landed"),
        gettext_noop("A crisis was closed with something left undone and no reason given. Look at those closed today."),
    ),
    "no_waiver_without_a_ground": (
        gettext_noop("Nothing is closed without its next contact for no reason"),
        gettext_noop("A crisis was closed without its next contact and without a ground. Look at those closed today."),
    ),
    "tasks_are_looked_at": (
        gettext_noop("Tasks do not run out unseen"),
        gettext_noop("A task has run past its time unseen. Look at the list of tasks."),
    ),
    "silence_is_looked_at": (
        gettext_noop("Clients who go quiet are noticed"),
        gettext_noop("A client may have gone quiet without anybody being told. Look at who has not checked in."),
    ),
    "pauses_end": (
        gettext_noop("A pause ends on its day"),
        gettext_noop("A client’s pause is over and nobody was asked whether they are back. Look at who is paused."),
    ),
    "somebody_is_on_duty": (
        gettext_noop("Somebody is on duty"),
        gettext_noop(
            "Nobody is on duty. A new crisis rings everybody at once, and the client is told that nobody has answered."
        ),
    ),
    "due_sends_begin": (
        gettext_noop("Pages leave in time"),
        gettext_noop(
            "Pages wait and do not leave. Keep the board open, and call the next person on the rota yourself."
        ),
    ),
    "downtime_sheet_is_fresh": (
        gettext_noop("The downtime sheet is fresh"),
        gettext_noop(
            "The downtime sheet is older than two hours. Print the board now, and tell whoever runs Holdfast."
        ),
    ),
    "the_record_is_sealed": (
        gettext_noop("What was done, and who looked, is sealed within seconds"),
        gettext_noop(
            "The record of what was done is kept, and is not being sealed. Care goes on as usual; tell whoever runs Holdfast."
        ),
    ),
    "words_can_be_read": (
        gettext_noop("What people wrote can be read"),
        gettext_noop(
            "A key is missing on this machine: some names, numbers and words cannot be shown or kept. Use the downtime sheet, and tell whoever runs Holdfast."
        ),
    ),
    "every_opened_chart_is_looked_at": (
        gettext_noop("A chart opened with a reason is told to a second person"),
        gettext_noop(
            "A chart was opened with a reason and nobody else was told, or its review is late. Look at that list."
        ),
    ),
    "nobody_looks_after_the_hour": (
        gettext_noop("A chart opened with a reason closes after its hour"),
        gettext_noop("Somebody saw a chart after the hour for which it was opened. Tell whoever runs Holdfast."),
    ),
    "channels_work": (
        gettext_noop("Texts, calls and e-mail work"),
        gettext_noop("A way to reach staff does not work right now. Keep the board open: it shows every crisis."),
    ),
    "requests_to_correct_are_looked_at": (
        gettext_noop("Requests to correct a record are not forgotten"),
        gettext_noop("A client’s request waits and nobody was told. Those who lead: look at the list of records."),
    ),
    "what_was_approved_to_go_goes": (
        gettext_noop("What was approved to be deleted goes on its day"),
        gettext_noop(
            "Something that a director approved to be deleted has not gone. Look at how long records are kept."
        ),
    ),
}

SEEN_WITHOUT_THE_WATCH: Final = ("records_can_be_written", "the_watch_is_looking", "the_worker_is_working")

RESULTS: Final[dict[Result, str]] = {
    Result.REACHED: gettext_noop("Reached: we have talked"),
    Result.NO_ANSWER: gettext_noop("No answer"),
    Result.REFUSED: gettext_noop("Answered, did not want to talk"),
    Result.WRONG_NUMBER: gettext_noop("Wrong number"),
}
HOW: Final[dict[str, str]] = {
    "phone": gettext_noop("Phone"),
    "other_phone": gettext_noop("Other phone"),
    "video": gettext_noop("Video"),
    "text": gettext_noop("Text message"),
    "in_person": gettext_noop("In person"),
    "through_other": gettext_noop("Through somebody else"),
}
DISPOSITIONS: Final[dict[Disposition, str]] = {
    Disposition.SAFE_WITH_PLAN: gettext_noop("Safe for now, with a plan"),
    Disposition.STAYING_WITH_SOMEONE: gettext_noop("Staying with someone"),
    Disposition.MOBILE_CRISIS: gettext_noop("Mobile crisis team is with them"),
    Disposition.EMERGENCY_ROOM: gettext_noop("At an emergency room"),
    Disposition.EMERGENCY_SERVICES: gettext_noop("Emergency services are with them"),
    Disposition.NO_DANGER_FOUND: gettext_noop("No danger found, wrong press"),
}
RISK_LEVELS: Final[dict[str, str]] = {
    "low": gettext_noop("Low"),
    "moderate": gettext_noop("Moderate"),
    "high": gettext_noop("High"),
    "imminent": gettext_noop("Imminent"),
}
CHOICES: Final[dict[Choice, str]] = {
    Choice.TEXT: gettext_noop("Write a text: neutral words, and that you call again"),
    Choice.OTHER_NUMBER: gettext_noop("Try another number"),
    Choice.SUPPORTER: gettext_noop("Ask a supporter to go to them, within what they allow"),
    Choice.WELFARE_CHECK: gettext_noop("Ask for a welfare check where they are"),
    Choice.KEEP_TRYING: gettext_noop("Go on calling"),
}
GROUNDS: Final[dict[Ground, str]] = {
    Ground.ADMITTED: gettext_noop("Admitted, and arrival confirmed"),
    Ground.REFUSED: gettext_noop("Declined, in words written below"),
    Ground.DIED: gettext_noop("The client has died"),
}
STANDINGS: Final[dict[Standing, str]] = {
    Standing.INVITED: gettext_noop("Invited"),
    Standing.ACTIVE: gettext_noop("Active"),
    Standing.PAUSED: gettext_noop("Paused"),
    Standing.OTHER_CARE: gettext_noop("In other care"),
    Standing.DISCHARGED: gettext_noop("Discharged"),
    Standing.DIED: gettext_noop("Has died"),
}
WAYS: Final[dict[Way, str]] = {
    Way.CALL: gettext_noop("Call"),
    Way.TEXT_ONLY: gettext_noop("Text only, no calls"),
    Way.SIGNING: gettext_noop("By video, signing"),
}
HOW_SIGNED: Final[dict[Signed, str]] = {
    Signed.ON_SCREEN: gettext_noop("On screen"),
    Signed.ON_PAPER: gettext_noop("On paper"),
    Signed.BY_PHONE: gettext_noop("Read to them by phone, and they agreed"),
}
VIA: Final[dict[str, str]] = {
    "sms": gettext_noop("by text"),
    "voice": gettext_noop("by keypress"),
    "board": gettext_noop("on the board"),
    "page": gettext_noop("on the page behind the link"),
}
DISCIPLINES: Final[dict[str, str]] = {
    "therapist": gettext_noop("therapist"),
    "prescriber": gettext_noop("prescriber"),
    "nurse": gettext_noop("nurse"),
    "case_manager": gettext_noop("case manager"),
    "peer": gettext_noop("peer"),
    "office": gettext_noop("office"),
}
LEVELS: Final[dict[str, str]] = {
    "first": gettext_noop("First call"),
    "backup": gettext_noop("Backup"),
    "supervisor": gettext_noop("Supervisor"),
}
# What may be left out when a crisis is closed.
WAIVED: Final[dict[str, str]] = {
    "next_contact": gettext_noop("Next contact"),
    "reassessment": gettext_noop("Reassessment"),
    "plan": gettext_noop("Plan review"),
}
# What a page says after a press that took it elsewhere.
SAID: Final[dict[str, str]] = {
    "cannot": gettext_noop("Thank you for saying so. We go on to the next person."),
    "given-back": gettext_noop("Given back. Somebody else is being asked now."),
    "plan": gettext_noop("Saved as a new version. The older ones are kept."),
    "kept": gettext_noop("Saved."),
    "finished": gettext_noop("Done. It has left the list."),
    "task-yours": gettext_noop("This is yours now. It stays here until you finish it."),
    "worried": gettext_noop("Thank you. It is on the list of tasks, with an owner and a time."),
    "joined": gettext_noop("Joined. Both are one crisis now."),
    "closed": gettext_noop("Closed. Thank you."),
    "done": gettext_noop("Done. It has left the list."),
    "not-done": gettext_noop("It is open again."),
    "assigned": gettext_noop("Written down, with a name and a day."),
    "seen": gettext_noop("Seen. It stays in the list below."),
    "reviewed": gettext_noop("Saved. They read it on their day."),
    "read": gettext_noop("It has left your day. It is kept."),
    "chart-shut": gettext_noop("The chart is closed again. Thank you."),
    "changes-seen": gettext_noop("Seen. They stay in the list."),
    "shift-ended": gettext_noop("Your shift has ended. Rest well."),
    "added": gettext_noop("Saved. Test it now: it counts once you have answered on it."),
    "tested": gettext_noop("A test is on its way. Answer it as it says, and it counts as tested."),
    "thanks": gettext_noop("Thank you. This way works."),
    "ended": gettext_noop("It is no longer used."),
    "taken": gettext_noop("Thank you. It is yours, and stands under your shifts."),
    "there": gettext_noop("Thank you. We know now that you are there."),
    "seen-to": gettext_noop("Thank you. You see to it: ring them, or stand in."),
    "swap-asked": gettext_noop("Asked. The shift stays yours until somebody says yes."),
    "swap-no": gettext_noop("Thank you for saying so. The shift stays where it is."),
    "swap-back": gettext_noop("Nobody is asked any more. The shift stays yours."),
    "shift-put": gettext_noop("It is on the rota."),
    "shift-off": gettext_noop("It is off the rota. If that leaves a gap, it stands above."),
    "contact": gettext_noop("Saved. It counts once they have answered on it."),
    "invited": gettext_noop("The link is on its way."),
    "taken-back": gettext_noop("The link opens nothing any more."),
    "second-reset": gettext_noop("Done. They set up another second step when they sign in next."),
    "second-off": gettext_noop("Done. They sign in with their password or a code by e-mail."),
    "tested-all": gettext_noop("The test is on its way. Answers appear here as they come."),
}


def disposition_words(episode: Episode) -> str:
    """How a crisis ended; nothing while it has not."""
    if episode.disposition == Disposition.DIED:
        return _("The client has died")
    if episode.disposition == Disposition.JOINED_ANOTHER:
        return _("Joined with another crisis")
    return _(DISPOSITIONS[Disposition(episode.disposition)]) if episode.disposition else ""


def stands(client: Client) -> str:
    """Where a client stands; a pause with the day on which it ends, where the client is."""
    if client.standing == Standing.PAUSED and client.pause_ends_at:
        day = client.pause_ends_at.astimezone(zone(client.timezone))
        return _("Paused until %(day)s") % {"day": date_format(day, "M j")}
    return _(STANDINGS[Standing(client.standing)])


def meaning(word: Word, *, somebody: bool) -> tuple[str, ...]:
    """What is not so right now, in words. A silent watch hides everything else, so it stands alone.

    `somebody`: whether anybody of this program is on duty; if so, a gap in the cover is another program's.
    """
    broken = of_this_program(word.broken, somebody=somebody)
    if "the_watch_is_looking" in broken:
        broken = tuple(name for name in broken if name in SEEN_WITHOUT_THE_WATCH)
    return tuple(_(PROMISES[name][1]) if name in PROMISES else _unnamed(name) for name in _first_things_first(broken))


def proof(word: Word) -> tuple[tuple[str, str], ...]:
    """Each promise in words, and whether it is kept: holds, broken, or unknown while nobody looks."""
    names = [*PROMISES, *(name for name in word.promises if name not in PROMISES)]
    return tuple((_short(name), _state(word, name)) for name in names if name in word.promises)


def _short(name: str) -> str:
    return _(PROMISES[name][0]) if name in PROMISES else name.replace("_", " ")


def _state(word: Word, name: str) -> str:
    if word.promises[name]:
        return "holds"
    return "broken" if name in SEEN_WITHOUT_THE_WATCH or word.promises.get("the_watch_is_looking") else "unknown"


def _first_things_first(names: Iterable[str]) -> list[str]:
    order = list(PROMISES)
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))


def _unnamed(name: str) -> str:
    return _("Something we promise does not hold right now: %(what)s.") % {"what": name.replace("_", " ")}
