"""After the storm: who was lost, who was paged too late, too often, or after somebody had them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tests.faults.storm import Storm
from tests.stack import until

CODE: Final = re.compile(r"\b(\d{4})\b")
# A commit has its time before it is on disk and seen by others; a send that began in between began before it.
COMMIT_TAKES: Final = timedelta(milliseconds=50)
# It compares two readings of the clock: of the send as it began, and of the transaction of the answer, which may have
# waited for a lock since. Where the clock jumped in between, or the answer waited, the readings say nothing. So each send
# of which it complains is looked at by itself, and is excused only if it began, in true time, before the commit.
READS_THE_CLOCK_TWICE: Final = "no_send_begins_after_an_answer"
COMPLAINED_OF: Final = """
    select a.id, a.uid::text as uid, a.at, a.began_at, p.stopped_at, pg_xact_commit_timestamp(p.xmin) as committed
    from notify_attempt a join oncall_page g on g.id = a.for_id and a.for_what = 'page'
    join oncall_paging p on p.id = g.paging_id
    where p.stopped_at is not null and a.began_at > p.stopped_at + interval '1 second' and a.at <= p.stopped_at
"""
# A send whose beginning has two names (it began as the clock jumped) is judged by when it reached the company: no
# request to a carrier lives longer than this.
ON_ITS_WAY: Final = timedelta(seconds=12)
# A transaction that began before a jump reads the clock as it was until it ends.
OLD_CLOCK: Final = timedelta(seconds=2)
# A text that has reached the company is marked within the deadline of a send; who is killed or cut off until then does not.
UNTIL_ITS_MARK: Final = timedelta(seconds=5)
# A storm of a few crises has so few pages that one in a hundred of them is none; it may double this share of a thousand.
FEW: Final = 0.01


@dataclass
class Outcome:
    """What bench/results/faults.json says."""

    seed: int
    crises: int
    pages: int
    lost: int
    paged_after_answer: int
    duplicates: int
    duplicates_unexplained: int
    kills: dict[str, int]
    worst_late_s: float
    promises_broken: list[str]
    closed: int
    stuck: int
    wanted: int
    details: dict[str, Any]

    @property
    def well(self) -> bool:
        few = self.duplicates < FEW * max(self.pages, 1000) and not self.duplicates_unexplained
        all_sent = self.crises == self.wanted
        landed = self.closed == self.crises and not self.stuck
        return (
            all_sent and landed and not self.lost and not self.paged_after_answer and few and not self.promises_broken
        )


def outcome(storm: Storm) -> Outcome:
    """Look at everything once the storm is over."""
    entries = storm.stack.company.log()
    told = [e for e in entries if e["token"]]
    doubled = _duplicates(storm, told)
    return Outcome(
        seed=storm.seed,
        crises=len(storm.sent),
        pages=len(told),
        lost=len(_lost(storm)),
        paged_after_answer=len(_after_answers(storm)),
        duplicates=len(doubled),
        duplicates_unexplained=sum(1 for _, explained in doubled if not explained),
        kills=dict(storm.kills),
        worst_late_s=_worst_late(storm, told),
        closed=_closed(storm),
        stuck=len(_stuck(storm)),
        promises_broken=_broken(storm),
        wanted=storm.crises,
        details={
            "faults": dict(storm.faults),
            "switches": dict(storm.switched),
            "answers_of_staff": storm.said,
            "posts_repeated": storm.failed_posts,
            "presses_of_staff": dict(sorted(storm.pressed.items())),
            "doubled": doubled[:20],
            "not_excused": _not_excused(storm)[:20],
            "jumps": [asdict(jump) for jump in storm.moves[:40]],
            "open": storm.stack.rows("select state, count(*) from crisis_episode where state <> 'closed' group by 1"),
            "stuck": _stuck(storm)[:20],
            "lost": _lost(storm)[:20],
            "after_answer": _after_answers(storm)[:20],
        },
    )


def _lost(storm: Storm) -> list[str]:
    """Answers that were acknowledged and are in no crisis, or in one that never told anybody."""
    found = storm.stack.rows(
        """
        select r.uid::text as response, bool_or(a.began_at is not null or e.owned_at is not null) as told
        from assessment_response r
        join assessment_riskfinding f on f.response_id = r.id
        join crisis_signal s on s.finding_id = f.id
        join crisis_episode e on e.id = s.episode_id
        left join oncall_paging p on p.what = 'crisis' and p.what_id = e.id
        left join oncall_page g on g.paging_id = p.id
        left join notify_attempt a on a.for_what = 'page' and a.for_id = g.id
        group by r.uid
        """
    )
    told = {row["response"] for row in found if row["told"]}
    return [sent.response for sent in storm.sent if sent.response not in told]


def _closed(storm: Storm) -> int:
    """How many of the acknowledged answers are in a crisis that was led to its closing."""
    found = storm.stack.rows(
        """
        select distinct r.uid::text as response
        from assessment_response r
        join assessment_riskfinding f on f.response_id = r.id
        join crisis_signal s on s.finding_id = f.id
        join crisis_episode e on e.id = s.episode_id
        where e.state = 'closed' and e.disposition <> ''
        """
    )
    landed = {row["response"] for row in found}
    return sum(1 for sent in storm.sent if sent.response in landed)


def _stuck(storm: Storm) -> list[dict[str, Any]]:
    """Open crises that nobody has and for which nobody is sought: there must be none, at any moment."""
    return storm.stack.rows(
        """
        select e.id, e.state from crisis_episode e
        where e.state <> 'closed' and e.owner_id is null and not exists (
            select from oncall_paging p
            where p.what = 'crisis' and p.what_id = e.id and p.stopped_at is null and p.look_again_at is not null)
        """
    )


# The row of a paging is not touched again after it stopped, nor the row of a page after its last answer: the
# transaction that wrote them last is the one that committed the answer.
AFTER: Final = """
    select a.id, a.uid::text as uid, a.began_at, a.channel, pg_xact_commit_timestamp(x.xmin) as committed
    from notify_attempt a
    join oncall_page g on g.id = a.for_id and a.for_what = 'page'
    join {table} x on x.id = g.{column}
    where a.began_at is not null and x.{answered} is not null
"""


def _after_answers(storm: Storm) -> list[dict[str, Any]]:
    """Sends that began, in true time, after somebody's answer was committed."""
    arrived = _arrived(storm)
    wrong = []
    for table, column, answered in (("oncall_paging", "paging_id", "stopped_at"), ("oncall_page", "id", "answered_at")):
        found = storm.stack.rows(AFTER.format(table=table, column=column, answered=answered))
        wrong += [{**row, "table": table} for row in found if _began_after(storm, row, arrived)]
    return wrong


def _arrived(storm: Storm) -> dict[str, datetime]:
    """When each send reached the company, in true time."""
    return {e["token"]: datetime.fromisoformat(e["at"]) for e in storm.stack.company.log() if e["token"]}


def _began_after(storm: Storm, row: dict[str, Any], arrived: dict[str, datetime]) -> bool:
    """Whether this send began after the commit. Where a jump of the clock makes that doubtful, its arrival decides."""
    committed, began = row["committed"], _true(storm, row["began_at"])
    if committed is None:
        return False
    late = [at for at in began if at > committed + COMMIT_TAKES]
    if began and len(late) in (0, len(began)):
        return bool(late)
    at_company = arrived.get(row["uid"])
    return at_company is not None and at_company > committed + ON_ITS_WAY


def _true(storm: Storm, moved: datetime) -> list[datetime]:
    """What a time of the moved clock may be in true time: one moment, or two where the clock jumped just then."""
    found = []
    for place, jump in enumerate(storm.moves):
        ends = storm.moves[place + 1].by if place + 1 < len(storm.moves) else None
        true = moved - jump.ahead
        if true >= jump.since and (ends is None or true <= ends + OLD_CLOCK):
            found.append(true)
    return found


def _not_excused(storm: Storm) -> list[dict[str, Any]]:
    """What the promise complains of and truth does not clear."""
    arrived = _arrived(storm)
    found = [row for row in storm.stack.rows(COMPLAINED_OF) if _began_after(storm, row, arrived)]
    return [{**row, "true": _true(storm, row["began_at"])} for row in found]


def _duplicates(storm: Storm, told: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """Texts and calls that reached a handset once more than there were attempts to, each with whether it is explained.

    It is explained where what was sent before it may have lost its mark: its sender was killed or cut off, or the
    carrier's answer was lost, just then. Then nobody can know whether it arrived, and once too often is right.
    """
    handsets = {row["handset"]: number for number, row in _handsets(storm)}
    meant: Counter[tuple[str, str]] = Counter()
    for row in storm.stack.rows(
        "select handset, args->>'code' as code, count(*) as n from notify_attempt "
        "where channel = 'sms' and for_what = 'page' group by 1, 2"
    ):
        meant[handsets.get(row["handset"], ""), row["code"]] += row["n"]
    found = []
    before: dict[tuple[str, str], list[datetime]] = {}
    for entry in sorted(told, key=lambda each: each["at"]):
        if entry["channel"] != "sms" or not entry["reached_at"]:
            continue
        at = datetime.fromisoformat(entry["at"])
        pages = [(entry["to"], code) for code in set(CODE.findall(entry["text"].split("http")[0]))]
        # One text may tell of several pages; it is one text too many if any of them had been told as often as meant.
        again = [page for page in pages if len(before.get(page, [])) >= meant[page]]
        if again:
            explained = all(
                _marks_lost(storm, before.get(page, [])) > len(before.get(page, [])) - meant[page] for page in again
            )
            found.append((f"text {entry['token']} to {entry['to']}", explained))
        for page in pages:
            before.setdefault(page, []).append(at)
    calls = Counter(
        entry["token"] for entry in told if entry["channel"] == "voice" and "in-progress" in entry["states"]
    )
    return found + [(f"call {token}", False) for token, times in calls.items() for _ in range(times - 1)]


def _marks_lost(storm: Storm, told_at: list[datetime]) -> int:
    """How many of these texts may have lost their mark."""
    return sum(any(since <= at + UNTIL_ITS_MARK and at <= by for since, by in storm.marks_at_risk) for at in told_at)


def _handsets(storm: Storm) -> Iterator[tuple[str, dict[str, Any]]]:
    """Which number has which keyed hash."""
    from holdfast.people.rules import fingerprint
    from tests.stack import SECRET

    for number in storm.numbers:
        yield number, {"handset": fingerprint(SECRET, number)}


def _worst_late(storm: Storm, told: list[dict[str, Any]]) -> float:
    """The longest time from "received" to the first text about it at the company, in true seconds."""
    heard: dict[tuple[str, str], list[datetime]] = {}
    for entry in told:
        if entry["channel"] == "sms":
            for code in set(CODE.findall(entry["text"].split("http")[0])):
                heard.setdefault((entry["to"], code), []).append(datetime.fromisoformat(entry["at"]))
    numbers = {row["handset"]: number for number, row in _handsets(storm)}
    rows = storm.stack.rows(
        """
        select distinct r.uid::text as response, a.handset, a.args->>'code' as code
        from assessment_response r
        join assessment_riskfinding f on f.response_id = r.id
        join crisis_signal s on s.finding_id = f.id
        join oncall_paging p on p.what = 'crisis' and p.what_id = s.episode_id
        join oncall_page g on g.paging_id = p.id
        join notify_attempt a on a.for_what = 'page' and a.for_id = g.id
        where a.channel = 'sms' and a.began_at is not null
        """
    )
    since = {sent.response: sent.received_at for sent in storm.sent if sent.received_at}
    reached: dict[str, datetime] = {}
    for row in rows:
        response = row["response"]
        for at in heard.get((numbers.get(row["handset"], ""), row["code"]), []):
            # A judge may be quicker than the word "received" is on its way back.
            if response in since and at > since[response] - timedelta(seconds=2):
                reached[response] = min(at, reached.get(response, at))
    waits = [(reached[response] - at).total_seconds() for response, at in since.items() if response in reached]
    storm.say(f"  first pages after {_middle(waits):.2f} s in the middle, {max(waits, default=0):.1f} s at worst")
    return round(max(waits, default=0.0), 1)


def _middle(numbers: list[float]) -> float:
    return sorted(numbers)[len(numbers) // 2] if numbers else 0.0


def _broken(storm: Storm) -> list[str]:
    """Promises that do not hold even after a patient wait. Ten minutes on, refused webhooks are forgiven."""
    excused = not _not_excused(storm)
    storm._move(timedelta(minutes=11))
    seen: list[str] = []

    def all_hold() -> bool:
        broken = [promise["name"] for promise in storm.stack.promises() if not promise["holds"]]
        seen[:] = [name for name in broken if name != READS_THE_CLOCK_TWICE or not excused]
        return not seen

    try:
        until(all_hold, "every promise holds", 60)
    except AssertionError:
        return list(seen)
    return []
