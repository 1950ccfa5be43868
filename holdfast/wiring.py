"""The flow: which fact leads to what. Read this first.

Plain data. `now` happens in the same transaction as the fact; `later` is tried once right after the
commit and then by a sweep of the worker until it is done; `because` says why nobody listens.
"""

from holdfast.approval import facts as approval_facts
from holdfast.assessment import actions as assessment
from holdfast.assessment import silence
from holdfast.assessment.facts import (
    AnswersSaved,
    CalmAnswersSaved,
    ConcernReceived,
    HelpAsked,
    ReminderDue,
    RiskFound,
)
from holdfast.assessment.promises import PROMISES as ASSESSMENT_PROMISES
from holdfast.care import actions as care
from holdfast.care.facts import TaskDone, TaskHalfTime, TaskLate, TaskOpened
from holdfast.care.promises import PROMISES as CARE_PROMISES
from holdfast.consent import actions as consent
from holdfast.consent.facts import ConsentGiven, ConsentTakenBack, Told, ToldLookedAt
from holdfast.crisis import actions as crisis
from holdfast.crisis import after, clocks, guide, handing, judging, reach
from holdfast.crisis.facts import (
    ActionAssigned,
    ActionMarked,
    AfterTextWritten,
    ClientNotReached,
    ClientReached,
    ClientSpoke,
    ColleagueAnswered,
    ColleagueAsked,
    EpisodeClosed,
    EpisodeGivenBack,
    EpisodeHandedOver,
    EpisodeRaised,
    EpisodeSettled,
    EpisodeTaken,
    FirstTryLate,
    ProtocolChanged,
    ReachDecided,
    ReviewOpened,
    RiskFormulated,
    SignalJoined,
    StepAnswered,
    StepLate,
    TryLogged,
    UrgencyChanged,
    WaiverLookedAt,
)
from holdfast.crisis.promises import PROMISES as CRISIS_PROMISES
from holdfast.ledger import facts as ledger_facts
from holdfast.ledger import record
from holdfast.ledger.promises import PROMISES as LEDGER_PROMISES
from holdfast.ledger.record import When
from holdfast.notes.facts import OwnNoteWritten
from holdfast.notify import facts as notify_facts
from holdfast.notify import openings
from holdfast.notify.promises import PROMISES as NOTIFY_PROMISES
from holdfast.notify.wanted import WANTED
from holdfast.oncall import canary, gaps
from holdfast.oncall.facts import (
    CoverMissing,
    GapClosed,
    GapFound,
    GapTold,
    OrderChanged,
    PageAnswered,
    PagingStarted,
    PagingStopped,
    ShiftChanged,
    ShiftTaken,
    StartAnswered,
    StartAsked,
    StartMissed,
    StoodIn,
    SwapAnswered,
    SwapAsked,
    TurnTaken,
)
from holdfast.oncall.promises import PROMISES as ONCALL_PROMISES
from holdfast.oncall.queries import BUSY
from holdfast.people.facts import (
    BoundarySigned,
    CareTeamChanged,
    ChartClosedAgain,
    ChartOpened,
    ClientAdded,
    ClientChanged,
    ContactLost,
    EveryoneTested,
    LinkSent,
    LinkTakenBack,
    OpeningReviewed,
    OpeningReviewLate,
    ProgramChanged,
    ReachingWritten,
    RiskLevelSet,
    SecondFactorReset,
    SecondPersonFound,
    SetUpLookedAt,
    SignedIn,
    SignedOut,
    SignInChanged,
    SignInFailed,
    StaffChanged,
    StandingChanged,
    SupporterEnded,
    SupporterNamed,
    SupporterPartWritten,
    TableConfirmed,
    TableTaken,
)
from holdfast.people.promises import PROMISES as PEOPLE_PROMISES
from holdfast.plans.facts import PlanWritten
from holdfast.records import facts as records_facts
from holdfast.records.promises import PROMISES as RECORDS_PROMISES

FLOW = (
    #    when this is recorded   in the same transaction                 afterwards, retried until done
    When(AnswersSaved, later=(assessment.judge,)),
    When(RiskFound, now=(crisis.raise_or_join, care.open_tasks)),
    When(EpisodeRaised, now=(crisis.seek,)),
    # the second to answer is told who has it, and whoever answers a call for a second person is called in
    When(PageAnswered, now=(crisis.take_or_tell, care.task_answered, handing.page_answered, canary.page_answered)),
    When(TurnTaken, now=(handing.not_the_owner, canary.turn_taken)),
    When(EpisodeTaken, now=(crisis.stop_seeking, reach.owner_began, guide.owner_began)),
    When(EpisodeHandedOver, now=(reach.owner_began, guide.owner_began)),
    # the crisis has told its owner, or paged
    When(SignalJoined, now=(clocks.came_back, handing.came_back, reach.urgency_changed, handing.hurry)),
    When(TryLogged, now=(reach.tried, judging.talked)),
    When(ClientReached, now=(reach.reached, guide.reached)),
    When(UrgencyChanged, now=(reach.urgency_changed, handing.hurry)),  # the crisis has sped up its paging
    # its next contact has an owner and a clock
    When(EpisodeSettled, now=(guide.settled, handing.settled, after.settled)),
    When(EpisodeGivenBack, now=(crisis.seek, clocks.nobody_holds, handing.over)),
    When(
        EpisodeClosed,
        now=(
            crisis.stop_seeking_closed,
            guide.closed,
            judging.closed,
            clocks.nobody_holds,
            handing.over,
            after.closed,
        ),
    ),
    When(TaskHalfTime, now=(care.ask_on_duty,)),
    When(TaskLate, now=(crisis.late_task,)),
    When(RiskLevelSet, now=(care.plan_reassessment,)),
    When(StandingChanged, now=(silence.look_again, care.standing_changed, consent.treatment_ended)),
    #    nobody listens, because
    When(CalmAnswersSaved, because="no rule fires on them, so they are judged and nothing follows"),
    When(HelpAsked, because="its finding is announced in the same transaction"),
    When(ConcernReceived, because="its finding is announced in the same transaction"),
    When(ColleagueAsked, because="the colleague is told, or paged, in the same transaction"),
    When(ColleagueAnswered, because="whoever asked is told in the same transaction"),
    When(StepAnswered, because="the clock of the next step is set in the same transaction"),
    When(StepLate, because="whoever the protocol names is told in the same transaction"),
    When(FirstTryLate, because="the owner is reminded in the same transaction"),
    When(ClientNotReached, because="the owner is told and a second person paged in the same transaction"),
    When(ReachDecided, because="a human does what they decided; it is shown on the timeline"),
    When(ProtocolChanged, because="the clock of its step is set in the same transaction"),
    When(RiskFormulated, because="the level stands on the crisis and its page"),
    When(ReviewOpened, because="it stands on the page of reviews until it is done"),
    When(AfterTextWritten, because="it is a version among versions, read on its page"),
    When(ActionAssigned, because="its owner is told in the same transaction, and it stands on their list"),
    When(ActionMarked, because="it leaves the list, or comes back to it"),
    When(WaiverLookedAt, because="it leaves the list of those who lead"),
    When(ClientSpoke, because="its owner is told in the same transaction, and the crisis page shows it first"),
    When(PagingStarted, because="its first turn is taken in the same transaction"),
    When(CoverMissing, because="the client's page and the watch read it from the paging"),
    When(GapFound, because="the next look tells those who can fill it, when it is time"),
    When(GapTold, because="it stands on the gap; the rota shows it"),
    When(GapClosed, because="it leaves the rota"),
    When(ShiftTaken, because="the cover is looked at again in the same transaction"),
    When(ShiftChanged, because="the cover is looked at again in the same transaction"),
    When(OrderChanged, because="the cover is looked at again in the same transaction"),
    When(StartAsked, because="the person is paged in the same transaction"),
    When(StartAnswered, because="the asking is stopped in the same transaction"),
    When(StartMissed, because="backup and supervisor are paged in the same transaction, and the rota shows the gap"),
    When(StoodIn, because="the cover is looked at again in the same transaction"),
    When(SwapAsked, because="the colleague is told in the same transaction, and it stands on their rota"),
    When(SwapAnswered, because="the shifts change hands in the same transaction, and whoever asked is told"),
    When(PagingStopped, because="senders read it before each send"),
    When(TaskOpened, because="it stands on its owner's list"),
    When(TaskDone, because="it leaves the list"),
    When(ContactLost, because="the cover and the watch read it from the contact"),
    When(ReminderDue, because="its message is queued in the same transaction"),
    When(ReachingWritten, because="the crisis page reads the newest when it is opened"),
    When(SupporterNamed, because="staff read it; nobody is told anything by it"),
    When(SupporterPartWritten, because="whoever asks whether they may tell reads it then"),
    When(SupporterEnded, because="it leaves the list"),
    When(BoundarySigned, because="staff see who has not signed yet"),
    # what the cover rests on has changed: the next sweep proves it again
    When(TableConfirmed, now=(gaps.look_again, openings.rights_changed)),
    When(TableTaken, because="it is kept so that it is known who took names out, and when"),
    When(ProgramChanged, now=(gaps.look_again,)),
    When(StaffChanged, now=(gaps.look_again, openings.rights_changed)),
    When(ClientAdded, now=(gaps.look_again,)),
    When(ClientChanged, now=(gaps.look_again,)),
    When(CareTeamChanged, now=(openings.rights_changed,)),
    When(SignedIn, because="it is kept so that it is known who was here, and how they proved it"),
    When(SignInFailed, because="too many are slowed where they are counted; it is kept so that they are seen"),
    When(SignedOut, because="the session has ended already"),
    When(SignInChanged, because="the person is written to by whoever changed it"),
    When(SecondFactorReset, because="the person and the directors are written to, and it stands among the changes"),
    When(LinkSent, because="the link itself says so"),
    When(LinkTakenBack, because="the link is void already"),
    # a chart that somebody opened with a reason: a second person is told
    When(ChartOpened, now=(openings.opened,)),
    When(SecondPersonFound, now=(openings.opened,)),
    When(OpeningReviewLate, now=(openings.review_late,)),
    When(ChartClosedAgain, because="who may see a chart is read anew each time"),
    When(OpeningReviewed, because="it stands on the day of whoever opened the chart until they have read it"),
    When(SetUpLookedAt, because="it leaves the day of that director"),
    When(
        EveryoneTested, because="its tests are queued in the same transaction, and their answers stand on the contacts"
    ),
    When(ledger_facts.KeyMade, because="each process learns of a key when it meets a text under it"),
    When(ledger_facts.KeyRetired, because="it stays where it is, wrapped, for whatever still turns up under it"),
    When(ledger_facts.KeysRewrapped, because="what is in memory stays, and whoever starts reads them as they are now"),
    When(OwnNoteWritten, because="nobody but its author reads a note, on their own page"),
    When(ConsentGiven, now=(consent.messages_heeded,)),
    When(ConsentTakenBack, now=(consent.messages_heeded,)),
    When(Told, because="the client reads it, and those who lead see what was told against a no"),
    When(ToldLookedAt, because="it leaves the list of those who lead"),
    When(PlanWritten, because="every page reads the newest version"),
    When(approval_facts.ContentApproved, because="it stands on the page of content until a second person confirms it"),
    When(
        approval_facts.ContentConfirmed, because="from its day on every page and each start read it from the approval"
    ),
    When(approval_facts.ApprovalEnded, because="the content is a draft again, and every page says so"),
    When(approval_facts.PackAttested, because="the form can be asked from the next press on"),
    When(approval_facts.PackRevoked, because="the form is refused from the next press on"),
    When(approval_facts.WordingLoaded, because="every page that shows the form reads the newest"),
    When(approval_facts.CopySent, because="it stands on the page of content until it is approved"),
    # the account of one's own data
    When(records_facts.RecordCopied, because="it stands on the client's page of their record"),
    When(
        records_facts.CorrectionAsked, because="its owner is told in the same transaction, and it stands on their list"
    ),
    When(records_facts.CorrectionAnswered, because="the client reads it on their page, and it leaves the list"),
    When(records_facts.DisagreementWritten, because="it stays with the record, and goes along with every copy"),
    When(records_facts.CorrectionLate, because="those who lead are told in the same transaction"),
    When(records_facts.AccountClosed, because="standing, sign-in, phones and reminders end in the same transaction"),
    When(records_facts.AccountOpened, because="they may sign in from the next press on"),
    When(records_facts.HoldSet, because="what was approved to go is dropped in the same transaction"),
    When(records_facts.HoldLifted, because="it may be approved again from the next press on"),
    When(records_facts.DeletionApproved, because="the sweep takes it away on its day"),
    When(records_facts.DeletionDropped, because="it stands on the director's list again"),
    When(records_facts.Deleted, because="the page of what has gone reads it from the deletion"),
    *(When(fact, because=why) for fact, why in notify_facts.NOBODY_LISTENS.items()),
)

PROMISES = (
    *ASSESSMENT_PROMISES,
    *NOTIFY_PROMISES,
    *ONCALL_PROMISES,
    *CARE_PROMISES,
    *CRISIS_PROMISES,
    *LEDGER_PROMISES,
    *PEOPLE_PROMISES,
    *RECORDS_PROMISES,
)


# And of a reminder: nobody is reminded of what they have done, or who is no longer with us.
STILL_TO_REMIND = """exists (
    select from assessment_reminder r join people_client c on c.id = r.client_id
    where r.program_id = a.program_id and r.id = a.for_id and c.standing = 'active'
      and exists (select from people_reminderwish w where w.id = a.wish_id and w.ended_at is null)
      and not exists (select from assessment_response s where s.client_id = r.client_id and s.instrument = 'check-in'
                      and s.done_at > r.at))"""

# Asked by a sender in the very statement that begins a send: is this page still wanted?
STILL_SOUGHT = """exists (
    select from oncall_page g join oncall_paging p on p.id = g.paging_id
    where g.program_id = a.program_id and g.id = a.for_id and g.answer is null and p.stopped_at is null)"""

# Asked with everything else that decides who can be paged: who holds an emergency already?
HOLDS_AN_EMERGENCY = """
    select owner_id from crisis_episode where urgency = 'emergency' and state in ('owned', 'reached')"""


# A gap that is healed is told to nobody any more.
STILL_A_GAP = """exists (
    select from oncall_covergap g where g.program_id = a.program_id and g.id = a.for_id and g.closed_at is null)"""


def install() -> None:
    """Put the flow in place. Called once when a process starts."""
    record.install(FLOW)
    WANTED["page"] = STILL_SOUGHT
    WANTED["gap"] = STILL_A_GAP
    BUSY["query"] = HOLDS_AN_EMERGENCY
    WANTED["reminder"] = STILL_TO_REMIND
