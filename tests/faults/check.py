"""After the storm: who was lost, who was paged too late, too often, or after somebody had them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tests.faults.storm import Storm
from tests.stack import until

CODE: Final = re.compile(r"\b(\d{4})\b")
# A commit has its time before it is on disk and seen by others; a send that began in between began before it.
COMMIT_TAKES: Final = timedelta(milliseconds=50)
# It compares two readings of the clock. Where that was set back in between they say nothing, and the times of the
# commits decide.
READS_THE_CLOCK_TWICE: Final = "no_send_begins_after_an_answer"
# Around a jump of the clock one moment has two names; such a send is judged by the company's log alone.
AROUND_A_JUMP: Final = timedelta(milliseconds=200)


@dataclass
class Outcome:
    """What bench/results/faults.json says."""

    seed: int
    crises: int
    pages: int
    lost: int
    paged_after_answer: int
    duplicates: int
    kills: dict[str, int]
    worst_late_s: float
    promises_broken: list[str]
    closed: int
    stuck: int
    wanted: int
    details: dict[str, Any]

    @property
    def well(self) -> bool:
        few = self.duplicates < 0.01 * max(self.pages, 100)
        all_sent = self.crises == self.wanted
        landed = self.closed == self.crises and not self.stuck
        return (
            all_sent and landed and not self.lost and not self.paged_after_answer and few and not self.promises_broken
        )


def outcome(storm: Storm) -> Outcome:
    """Look at everything once the storm is over."""
    entries = storm.stack.company.log()
    told = [e for e in entries if e["token"]]
    return Outcome(
        seed=storm.seed,
        crises=len(storm.sent),
        pages=len(told),
        lost=len(_lost(storm)),
        paged_after_answer=len(_after_answers(storm)),
        duplicates=_duplicates(storm, told),
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
    wrong = []
    for table, column, answered in (("oncall_paging", "paging_id", "stopped_at"), ("oncall_page", "id", "answered_at")):
        for row in storm.stack.rows(AFTER.format(table=table, column=column, answered=answered)):
            began = _true(storm, row["began_at"])
            if began is not None and row["committed"] is not None and began > row["committed"] + COMMIT_TAKES:
                wrong.append({**row, "by": (began - row["committed"]).total_seconds(), "table": table})
    return wrong


def _true(storm: Storm, moved: datetime) -> datetime | None:
    """A time of the moved clock as true time; None where a jump makes it two."""
    found = []
    for place, (since, ahead) in enumerate(storm.moves):
        ends = storm.moves[place + 1][0] if place + 1 < len(storm.moves) else None
        true = moved - ahead
        if true >= since - AROUND_A_JUMP and (ends is None or true <= ends + AROUND_A_JUMP):
            found.append(true)
    return found[0] if len(found) == 1 else None


def _duplicates(storm: Storm, told: list[dict[str, Any]]) -> int:
    """Texts and calls that reached a handset more often than there were attempts to reach it about that page.

    An attempt whose sender was killed between sending and marking counts as one, whatever its row says.
    """
    reached: Counter[tuple[str, str]] = Counter()
    for entry in told:
        if entry["channel"] == "sms" and entry["reached_at"]:
            for code in set(CODE.findall(entry["text"].split("http")[0])):
                reached[entry["to"], code] += 1
    handsets = {row["handset"]: number for number, row in _handsets(storm)}
    meant: Counter[tuple[str, str]] = Counter()
    for row in storm.stack.rows(
        "select handset, args->>'code' as code, count(*) as n from notify_attempt "
        "where channel = 'sms' and for_what = 'page' group by 1, 2"
    ):
        meant[handsets.get(row["handset"], ""), row["code"]] += row["n"]
    texts = sum(max(0, times - meant[key]) for key, times in reached.items())
    calls = Counter(
        entry["token"] for entry in told if entry["channel"] == "voice" and "in-progress" in entry["states"]
    )
    return texts + sum(times - 1 for times in calls.values())


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
    wrong_in_true_time = bool(_after_answers(storm))
    storm._move(timedelta(minutes=11))
    seen: list[str] = []

    def all_hold() -> bool:
        broken = [promise["name"] for promise in storm.stack.promises() if not promise["holds"]]
        seen[:] = [name for name in broken if name != READS_THE_CLOCK_TWICE or wrong_in_true_time]
        return not seen

    try:
        until(all_hold, "every promise holds", 60)
    except AssertionError:
        return list(seen)
    return []
