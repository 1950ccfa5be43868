"""The flow: which fact leads to what. Read this first.

Plain data. `now` happens in the same transaction as the fact; `later` is tried once right after the
commit and then by a sweep of the worker until it is done; `because` says why nobody listens.
"""

from holdfast.assessment import actions as assessment
from holdfast.assessment.facts import AnswersSaved, CalmAnswersSaved, ConcernReceived, HelpAsked, RiskFound
from holdfast.assessment.promises import PROMISES as ASSESSMENT_PROMISES
from holdfast.care import actions as care
from holdfast.care.facts import TaskDone, TaskHalfTime, TaskLate, TaskOpened
from holdfast.care.promises import PROMISES as CARE_PROMISES
from holdfast.crisis import actions as crisis
from holdfast.crisis.facts import (
    ClientReached,
    ClientSpoke,
    EpisodeClosed,
    EpisodeGivenBack,
    EpisodeRaised,
    EpisodeSettled,
    EpisodeTaken,
    SignalJoined,
    TryLogged,
    UrgencyChanged,
)
from holdfast.crisis.promises import PROMISES as CRISIS_PROMISES
from holdfast.ledger import record
from holdfast.ledger.record import When
from holdfast.notify import facts as notify_facts
from holdfast.notify.promises import PROMISES as NOTIFY_PROMISES
from holdfast.notify.wanted import WANTED
from holdfast.oncall import actions as oncall
from holdfast.oncall.facts import CoverMissing, PageAnswered, PagingStarted, PagingStopped, TurnTaken
from holdfast.oncall.promises import PROMISES as ONCALL_PROMISES
from holdfast.people.facts import (
    BoundarySigned,
    ContactLost,
    ReachingWritten,
    StandingChanged,
    SupporterEnded,
    SupporterNamed,
)
from holdfast.plans.facts import PlanWritten

FLOW = (
    #    when this is recorded   in the same transaction                 afterwards, retried until done
    When(AnswersSaved, later=(assessment.judge,)),
    When(RiskFound, now=(crisis.raise_or_join, care.open_tasks)),
    When(EpisodeRaised, now=(crisis.seek,)),
    When(PageAnswered, now=(crisis.take_or_tell, care.task_answered)),  # the second to answer is told who has it
    When(EpisodeTaken, now=(crisis.stop_seeking,)),
    When(EpisodeGivenBack, now=(crisis.seek,)),
    When(EpisodeClosed, now=(crisis.stop_seeking_closed,)),
    When(TaskHalfTime, now=(care.ask_on_duty,)),
    When(TaskLate, now=(crisis.late_task,)),
    #    nobody listens, because
    When(CalmAnswersSaved, because="no rule fires on them, so they are judged and nothing follows"),
    When(HelpAsked, because="its finding is announced in the same transaction"),
    When(ConcernReceived, because="its finding is announced in the same transaction"),
    When(SignalJoined, because="the crisis has told its owner, or sped up its paging"),
    When(TryLogged, because="it is shown on the timeline"),
    When(ClientReached, because="it is shown on the timeline"),
    When(ClientSpoke, because="its owner is told in the same transaction, and the crisis page shows it first"),
    When(EpisodeSettled, because="its next contact has an owner and a clock"),
    When(UrgencyChanged, because="the crisis has sped up its paging"),
    When(PagingStarted, because="its first turn is taken in the same transaction"),
    When(TurnTaken, because="its pages are queued in the same transaction"),
    When(CoverMissing, because="the client's page and the watch read it from the paging"),
    When(PagingStopped, because="senders read it before each send"),
    When(TaskOpened, because="it stands on its owner's list"),
    When(TaskDone, because="it leaves the list"),
    When(ContactLost, because="the cover and the watch read it from the contact"),
    When(StandingChanged, because="forms and tasks read the standing when their time comes"),
    When(ReachingWritten, because="the crisis page reads the newest when it is opened"),
    When(SupporterNamed, because="staff read it; nobody is told anything by it"),
    When(SupporterEnded, because="it leaves the list"),
    When(BoundarySigned, because="staff see who has not signed yet"),
    When(PlanWritten, because="every page reads the newest version"),
    *(When(fact, because=why) for fact, why in notify_facts.NOBODY_LISTENS.items()),
)

PROMISES = (*ASSESSMENT_PROMISES, *NOTIFY_PROMISES, *ONCALL_PROMISES, *CARE_PROMISES, *CRISIS_PROMISES)


# Asked by a sender in the very statement that begins a send: is this page still wanted?
STILL_SOUGHT = """exists (
    select from oncall_page g join oncall_paging p on p.id = g.paging_id
    where g.program_id = a.program_id and g.id = a.for_id and g.answer is null and p.stopped_at is null)"""


def install() -> None:
    """Put the flow in place. Called once when a process starts."""
    record.install(FLOW)
    WANTED["page"] = STILL_SOUGHT
    oncall.ask_who_is_busy(crisis.busy_with_emergency)
