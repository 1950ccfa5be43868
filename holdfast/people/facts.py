from dataclasses import dataclass

from holdfast.ledger.record import FactBase


@dataclass(frozen=True, kw_only=True)
class ContactLost(FactBase):
    """A way to reach a member of staff does not work any more. It shows as a gap at once."""

    staff: int
    contact: int
    why: str


@dataclass(frozen=True, kw_only=True)
class StandingChanged(FactBase):
    client: int
    standing: str


@dataclass(frozen=True, kw_only=True)
class RiskLevelSet(FactBase):
    """A clinician judged a client's risk."""

    client: int
    level: str
    by: int


@dataclass(frozen=True, kw_only=True)
class ReachingWritten(FactBase):
    """It was written down anew how a client wants to be reached."""

    client: int
    by: int | None


@dataclass(frozen=True, kw_only=True)
class SupporterNamed(FactBase):
    client: int
    supporter: int


@dataclass(frozen=True, kw_only=True)
class SupporterPartWritten(FactBase):
    """It was written down that somebody on the list is a guardian by law, or that they are not (`part` empty)."""

    client: int
    supporter: int
    part: str
    by: int


@dataclass(frozen=True, kw_only=True)
class SupporterEnded(FactBase):
    client: int
    supporter: int


@dataclass(frozen=True, kw_only=True)
class BoundarySigned(FactBase):
    client: int
    version: str
    how: str


@dataclass(frozen=True, kw_only=True)
class TableConfirmed(FactBase):
    """A file of staff, clients or shifts was brought in: how many lines, how many were refused, by whom."""

    table: int
    what: str
    brought: int
    left_out: int
    by: int


@dataclass(frozen=True, kw_only=True)
class TableTaken(FactBase):
    """Somebody took a table out as a file."""

    what: str
    lines: int
    by: int


@dataclass(frozen=True, kw_only=True)
class ProgramChanged(FactBase):
    """The program's own names, hours, states or holidays were changed."""

    by: int


@dataclass(frozen=True, kw_only=True)
class StaffChanged(FactBase):
    """A member of staff was added, or something of theirs was changed. `role` is theirs from now on."""

    staff: int
    by: int
    what: str
    role: str


@dataclass(frozen=True, kw_only=True)
class ClientAdded(FactBase):
    client: int
    by: int


@dataclass(frozen=True, kw_only=True)
class ClientChanged(FactBase):
    """Whoever runs the program changed something of a client. `what`: phone, account (they were given one to sign in
    with), or details: their name, where they are, another number."""

    client: int
    by: int
    what: str


@dataclass(frozen=True, kw_only=True)
class CareTeamChanged(FactBase):
    """Somebody joined a client's care team, or leaves it on a day."""

    client: int
    staff: int
    by: int


@dataclass(frozen=True, kw_only=True)
class EveryoneTested(FactBase):
    """A test page went to every contact of the staff. It asks nobody for help."""

    contacts: int
    by: int


@dataclass(frozen=True, kw_only=True)
class SignedIn(FactBase):
    """Somebody signed in. `kind` is staff or client, `whose` their id; `how`: password, code or passkey, and `second`
    what came besides."""

    kind: str
    whose: int
    how: str
    second: str


@dataclass(frozen=True, kw_only=True)
class SignInFailed(FactBase):
    """Somebody tried to sign in, or to prove themselves again, and was refused. Unknown addresses leave no fact."""

    kind: str
    whose: int
    how: str


@dataclass(frozen=True, kw_only=True)
class SignedOut(FactBase):
    """A session ended: here, from another device, or because the second factor was reset or a death was recorded."""

    kind: str
    whose: int
    how: str


@dataclass(frozen=True, kw_only=True)
class SignInChanged(FactBase):
    """Somebody changed how they sign in: an app, a passkey or recovery codes added or removed, another password."""

    kind: str
    whose: int
    what: str


@dataclass(frozen=True, kw_only=True)
class SecondFactorReset(FactBase):
    """Somebody else took a lost second factor away, of a member of staff or of a client. `by` is none for whoever runs
    the machine."""

    reset: int
    staff: int | None = None
    client: int | None = None
    by: int | None


@dataclass(frozen=True, kw_only=True)
class LinkSent(FactBase):
    """A link to set a password was sent; older ones are void from now on."""

    kind: str
    whose: int
    by: int


@dataclass(frozen=True, kw_only=True)
class LinkTakenBack(FactBase):
    """Links to set a password are void."""

    kind: str
    whose: int
    by: int


@dataclass(frozen=True, kw_only=True)
class ChartOpened(FactBase):
    """Somebody outside the care team opened a chart with a reason. `told`: the second person, or nobody who leads."""

    opening: int
    client: int
    by: int
    told: int | None


@dataclass(frozen=True, kw_only=True)
class SecondPersonFound(FactBase):
    """Nobody could be told when a chart was opened; now somebody leads here who can be."""

    opening: int
    by: int
    told: int


@dataclass(frozen=True, kw_only=True)
class ChartClosedAgain(FactBase):
    """Whoever had opened a chart, or somebody who leads, closed it before its hour was over."""

    opening: int
    by: int


@dataclass(frozen=True, kw_only=True)
class OpeningReviewed(FactBase):
    """Somebody who leads said whether it was right to open a chart."""

    opening: int
    by: int
    verdict: str


@dataclass(frozen=True, kw_only=True)
class OpeningReviewLate(FactBase):
    """A chart was opened with a reason, and after two working days nobody has reviewed it."""

    opening: int


@dataclass(frozen=True, kw_only=True)
class SetUpLookedAt(FactBase):
    """A director has seen who was given rights, up to this fact."""

    by: int
    up_to: int
