"""The only writer of answers and findings. Every action needs the open transaction of a scope.

Answers commit first and are judged afterwards, so that no bug in judging can lose them.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.db import connection

from holdfast.approval.queries import why_not_ask
from holdfast.assessment import queries, usual
from holdfast.assessment.facts import AnswersSaved, CalmAnswersSaved, ConcernReceived, HelpAsked, RiskFound
from holdfast.assessment.models import Answer, Concern, HelpCall, Response, RiskFinding
from holdfast.assessment.queries import Said
from holdfast.assessment.rules import Finding, Score, is_asked, score, unfinished
from holdfast.assessment.rules import judge as judge_items
from holdfast.assessment.steps import CANNOT_KEEP, TRY_AGAIN, BadAnswer, Given, give_up, given_by, next_item
from holdfast.content.load import escalation, questionnaire, signals
from holdfast.content.shapes import Questionnaire, Urgency
from holdfast.ledger.ids import new_uid
from holdfast.ledger.keys import can_seal
from holdfast.ledger.record import record
from holdfast.ledger.rows import add
from holdfast.ledger.sealed import seal_in
from holdfast.people.models import Client

log = logging.getLogger("holdfast.assessment")

AT_ONCE, IN_TIME = frozenset({Urgency.EMERGENCY, Urgency.URGENT}), frozenset({Urgency.SAME_DAY, Urgency.ROUTINE})


class FormOff(ValueError):
    """A form that needs a licence may not be used here. The words say what is missing."""


@dataclass(frozen=True)
class Saved:
    """What became of a set of answers: kept items, refused items with a sentence each, and what comes next."""

    kept: tuple[str, ...]
    refused: Mapping[str, str]
    next_item: str | None
    next_response: UUID | None


def start_response(
    program: int, client_id: int, instrument: str, now: datetime, asked_by: Response | None = None
) -> Response:
    """Give a client a form, or the one they left unfinished not long ago."""
    if asked_by is None:
        left = queries.left_halfway(client_id, now).filter(instrument=instrument).last()
        if left:
            return left
    form = questionnaire(instrument)
    if form.licence and (no := why_not_ask(form)):
        raise FormOff(no)
    clock = form.scoring.unfinished
    return Response.objects.create(
        program_id=program,
        client_id=client_id,
        instrument=form.name,
        version=form.version,
        asked_by=asked_by,
        opened_at=now,
        usual_to=usual.highest(client_id, form, now),
        # A screen asked because of a worrying answer is itself a signal when it is left unfinished.
        unfinished_at=now + timedelta(minutes=clock.after_minutes) if clock and asked_by else None,
    )


def save_answers(response_uid: UUID, typed: Mapping[str, str], via: str, now: datetime) -> Saved:
    """Keep answers, item by item; they wait to be judged wherever a rule may fire. A doubled submit is one answer.

    `typed` maps item ids to what came in; unknown items and bad values are refused with a sentence,
    the others are kept all the same.
    """
    response = _lock_response(response_uid)
    form = questionnaire(response.instrument, response.version)
    known = {item.id: item for item in form.items}
    before = queries.said(response.id)
    refused: dict[str, str] = {}
    fresh: dict[str, Given] = {}
    for item_id, text in typed.items():
        try:
            if item_id not in known:
                raise BadAnswer("This form has no such question.")
            given = given_by(known[item_id], text)
        except BadAnswer as bad:
            refused[item_id] = str(bad)
            continue
        if given.words and not can_seal(response.program_id):
            refused[item_id] = CANNOT_KEEP
            continue
        old = before.get(item_id)
        if old is None or not _says_the_same(old, given):
            fresh[item_id] = given
    values = {item: answer.value for item, answer in before.items()} | {
        item: given.value for item, given in fresh.items()
    }
    coming = next_item(form, values)
    asked = _keep(response, form, fresh, values, via, now) if fresh else None
    kept = tuple(item for item in typed if item not in refused)
    return Saved(kept, refused, coming.id if coming else None, asked or _already_asked(response))


def _lock_response(uid: UUID) -> Response:
    """The form, locked: of two submits at once the second sees what the first has kept."""
    for response in Response.objects.raw("select * from assessment_response where uid = %s for update", [uid]):
        return response
    raise Response.DoesNotExist


# Plain SQL: nine answers are one statement that is the same every time, and the ORM would spend longer on writing it
# than the database on doing it.
_ADD_ANSWERS = """
    insert into assessment_answer (program_id, response_id, via, at, judge_at, judged_at, uid, item, value, words)
    select %s, %s, %s, %s, %s, %s, each.* from unnest(%s::uuid[], %s::text[], %s::int[], %s::bytea[]) each
"""


def _add_answers(response: Response, fresh: Mapping[str, Given], via: str, calm: bool, now: datetime) -> None:
    """One row an answer; words are sealed to their row."""
    uids = [new_uid() for _ in fresh]
    words = [
        given.words and seal_in(Answer, "words", response.program_id, uid, given.words)
        for uid, given in zip(uids, fresh.values(), strict=True)
    ]
    judge_at, judged_at = (None, now) if calm else (now + TRY_AGAIN, None)
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD_ANSWERS,
            [
                *(response.program_id, response.id, via, now, judge_at, judged_at),
                *(uids, list(fresh), [given.value for given in fresh.values()], words),
            ],
        )


def _keep(
    response: Response,
    form: Questionnaire,
    fresh: Mapping[str, Given],
    values: Mapping[str, int | None],
    via: str,
    now: datetime,
) -> UUID | None:
    """Write new answers down, and say that they wait to be judged, unless no rule fires on them: then they are judged."""
    result = _try_to_score(response, form, values)
    calm = result is not None and not result.findings and not usual.is_worse(response, result)
    _add_answers(response, fresh, via, calm, now)
    asked = _ask_what_follows(response, result, now)
    changed = _note_progress(response, form, values, result, asked is not None, now)
    if result and calm:
        changed += _note_total(response, result)
    if changed:
        Response.objects.filter(id=response.id).update(**{name: getattr(response, name) for name in changed})
    saved = CalmAnswersSaved if calm else AnswersSaved
    record(saved(program=response.program_id, response=response.id), now)
    return asked


def _note_total(response: Response, result: Score) -> list[str]:
    """What the form adds up to, where its authors add it up."""
    if result.total is None and result.band is None:
        return []
    response.total, response.band = result.total, result.band or ""
    return ["total", "band"]


def _says_the_same(old: Said, given: Given) -> bool:
    """Whether an answer repeats the last one. Words that cannot be opened any more count as other words."""
    if old.value != given.value or given.words is None:
        return old.value == given.value
    try:
        return bool(Answer.objects.get(id=old.id).words == given.words)
    except (InvalidTag, ValueError):
        return False


def _try_to_score(response: Response, form: Questionnaire, values: Mapping[str, int | None]) -> Score | None:
    """Read the answers so far. A fault here is left to the judge: the answers come first."""
    try:
        return score(form, values)
    except Exception as error:
        log.warning(
            "could not read the answers while saving", extra={"response": response.id, "error": type(error).__name__}
        )
        return None


def _ask_what_follows(response: Response, result: Score | None, now: datetime) -> UUID | None:
    """Open the screen that these answers ask for next, once."""
    wanted = sorted({name for finding in result.findings for name in finding.ask}) if result else []
    for instrument in wanted:
        if not Response.objects.filter(asked_by=response, instrument=instrument).exists():
            return start_response(response.program_id, response.client_id, instrument, now, asked_by=response).uid
    return None


def _already_asked(response: Response) -> UUID | None:
    """A screen that was asked for and not finished yet."""
    return (
        Response.objects.filter(asked_by=response, done_at=None).values_list("uid", flat=True).first()
        if response.done_at
        else None
    )


def _note_progress(
    response: Response,
    form: Questionnaire,
    values: Mapping[str, int | None],
    result: Score | None,
    leads_on: bool,
    now: datetime,
) -> list[str]:
    """Note the end of a form, or start the clock of a suicide screen that holds a positive answer. What that changes."""
    left = [item for item in form.items if item.id not in values and is_asked(item, values)]
    clock = form.scoring.unfinished
    # The authors of the ASQ count a declined question as a yes: a skipped one does not finish a suicide screen.
    skipped = clock and any(item in values and values[item] is None for item in form.scoring.required)
    done = not skipped and (not left or (leads_on and all(item.optional for item in left)))
    if done and response.done_at is None:
        response.done_at, response.unfinished_at = now, None
        return ["done_at", "unfinished_at"]
    if not done and clock and response.unfinished_at is None and (result is None or result.positive):
        response.unfinished_at = now + timedelta(minutes=clock.after_minutes)
        return ["unfinished_at"]
    return []


def judge(fact: AnswersSaved, now: datetime) -> None:
    """Read what was saved and say which rules fired. Harmless when done twice."""
    judge_response(fact.response, now)


# A form, all that was said in it, and what of it waits to be judged and is judged by nobody else at this moment: one
# plain statement, because it stands between a worrying answer and its first page.
_TO_JUDGE = """
    with waiting as materialized (
        select id from assessment_answer
        where response_id = %(response)s and judged_at is null
        order by at, id for update skip locked
    )
    select r.*,
        array(select id from waiting) as waiting,
        (select jsonb_agg(jsonb_build_array(item, id, value) order by at, id)::text
         from assessment_answer where response_id = r.id) as all_said,
        exists (select from assessment_riskfinding where response_id = r.id) as found_before
    from assessment_response r where r.id = %(response)s
"""


def judge_response(response_id: int, now: datetime) -> bool:
    """Judge the unjudged answers of one form. False when there are none left to judge, or another does it now."""
    response = Response.objects.raw(_TO_JUDGE, {"response": response_id})[0]
    read: Any = response  # with what the statement adds to it
    if not read.waiting:
        return False
    form = questionnaire(response.instrument, response.version)
    said = [(item, Said(*rest)) for item, *rest in json.loads(read.all_said)]
    waiting = [(item, answer) for item, answer in said if answer.id in set(read.waiting)]
    answers = dict(said)  # the newest answer to each question
    result = score(form, {item: answer.value for item, answer in said})
    fired = [(finding, answers) for finding in result.findings] + _taken_back(form, waiting, answers)
    if worse := usual.worse(response, form, result, now):
        fired.append((worse, answers))
    known = _known(response) if fired and read.found_before else {}
    _announce_once(response, fired, known, {item for item, _ in waiting}, now)
    with connection.cursor() as cursor:
        cursor.execute("update assessment_answer set judged_at = %s where id = any(%s)", [now, read.waiting])
    changed = _note_total(response, result)
    if changed:
        response.save(update_fields=changed)
    return True


Fired = list[tuple[Finding, Mapping[str, Said]]]


def _taken_back(form: Questionnaire, waiting: Iterable[tuple[str, Said]], answers: Mapping[str, Said]) -> Fired:
    """What was said and changed before anybody judged it was said all the same."""
    return [
        (finding, {**answers, item: answer})
        for item, answer in waiting
        if answers[item].id != answer.id
        for finding in judge_items(form, {item: answer.value})
    ]


def _known(response: Response) -> dict[str, RiskFinding]:
    """The findings of this form so far, by their rule."""
    return {finding.rule: finding for finding in RiskFinding.objects.filter(response=response)}


def _announce_once(
    response: Response, fired: Fired, known: Mapping[str, RiskFinding], fresh: set[str], now: datetime
) -> None:
    """One finding a rule of a form. A worry that is said again is no new finding, and a signal all the same."""
    new: dict[str, RiskFinding] = {}
    for finding, answers in fired:
        if finding.rule not in known and finding.rule not in new:
            new[finding.rule] = _finding(response, finding, answers, now)
    said_again = {
        finding.rule: known[finding.rule]
        for finding, _ in fired
        if finding.rule in known and finding.item in fresh and finding.urgency in AT_ONCE
    }
    announce(list(new.values()), client_id=response.client_id)
    _tell(list(said_again.values()), now=now, client_id=response.client_id)


def _finding(response: Response, finding: Finding, answers: Mapping[str, Said], now: datetime) -> RiskFinding:
    answer = answers.get(finding.item or "")
    return RiskFinding(
        program_id=response.program_id,
        client_id=response.client_id,
        response=response,
        answer_id=answer.id if answer else None,
        rule=finding.rule,
        rule_version=str(finding.version),
        input=f"{response.instrument} {finding.item or 'total'}",
        why=finding.why,
        urgency=finding.urgency or Urgency.NONE,
        protocol=finding.protocol or "",
        at=now,
    )


def announce(found: list[RiskFinding], *, client_id: int | None = None, concern: Concern | None = None) -> None:
    """Keep new findings and tell upward what they lead to, as one fact with the highest urgency."""
    add(found)
    _tell(found, now=found[0].at if found else None, client_id=client_id, concern=concern)


def _tell(
    found: list[RiskFinding], *, now: datetime | None, client_id: int | None = None, concern: Concern | None = None
) -> None:
    """Tell upward what these findings lead to."""
    if not found or now is None:
        return
    worst = max(found, key=lambda f: Urgency(f.urgency).weight)
    if worst.urgency != Urgency.NONE:
        record(
            RiskFound(
                program=worst.program_id,
                client=client_id,
                concern=concern.id if concern else None,
                at_once=tuple(f.id for f in found if f.urgency in AT_ONCE),
                in_time=tuple(f.id for f in found if f.urgency in IN_TIME),
                urgency=worst.urgency,
                protocol=worst.protocol or "i-need-help-now",
            ),
            now,
        )


def could_not_judge(response_id: int, now: datetime) -> bool:
    """A try to judge failed. After three tries or 30 seconds the answer itself becomes an urgent crisis.

    Returns True when that happened.
    """
    waiting = list(
        Answer.objects.select_for_update(skip_locked=True)
        .filter(response_id=response_id, judged_at=None)
        .order_by("at")
    )
    if not waiting:
        return False
    tries = max(answer.judge_tries for answer in waiting) + 1
    ids = [answer.id for answer in waiting]
    if not give_up(escalation(), tries, waiting[0].at, now):
        Answer.objects.filter(id__in=ids).update(judge_tries=tries, judge_at=now + TRY_AGAIN)
        return False
    response = Response.objects.get(id=response_id)
    meaning = signals()["unreadable-answer"]
    known = RiskFinding.objects.filter(response=response, rule=meaning.id).first()
    if known:
        # A further answer of the same form that cannot be read either is a signal of its own.
        _tell([known], now=now, client_id=response.client_id)
    else:
        found = RiskFinding(
            program_id=response.program_id,
            client_id=response.client_id,
            response=response,
            answer=waiting[0],
            rule=meaning.id,
            rule_version=str(meaning.version),
            input=f"{response.instrument} {waiting[0].item}",
            why=str(meaning.why),
            urgency=meaning.urgency,
            protocol=meaning.protocol or "",
            at=now,
        )
        announce([found], client_id=response.client_id)
    Answer.objects.filter(id__in=ids).update(judge_tries=tries, judged_at=now)
    return True


def left_unfinished(response_id: int, now: datetime) -> bool:
    """A suicide screen was left after a worrying answer: silence is not an answer."""
    # The client first, as every signal does.
    whose = Response.objects.filter(id=response_id).values("client")
    Client.objects.select_for_update(no_key=True).filter(id__in=whose).first()
    response = (
        Response.objects.select_for_update(skip_locked=True)
        .filter(id=response_id, unfinished_at__lte=now, done_at=None)
        .first()
    )
    if response is None:
        return False
    values = {item: answer.value for item, answer in queries.latest_answers(response.id).items()}
    found = unfinished(
        questionnaire(response.instrument, response.version), values, after_positive=response.asked_by_id is not None
    )
    if found and not RiskFinding.objects.filter(response=response, rule=found.rule).exists():
        announce([_finding(response, found, {}, now)], client_id=response.client_id)
    response.unfinished_at = None
    response.save(update_fields=["unfinished_at"])
    return True


def ask_for_help(client: Client, via: str, now: datetime) -> HelpCall:
    """A client pressed "I need help now": an emergency, in this same transaction. Each press is a signal."""
    call = HelpCall.objects.create(program_id=client.program_id, client=client, via=via, at=now)
    record(HelpAsked(program=client.program_id, call=call.id, client=client.id), now)
    announce(
        [signal("help-now", now, program_id=client.program_id, client=client, help_call=call)], client_id=client.id
    )
    return call


def receive_concern(program: int, *, name: str, phone: str, words: str, place: str, now: datetime) -> Concern:
    """Somebody we do not know is worried or in danger: an urgent crisis for staff to match, paged all the same."""
    concern = Concern.objects.create(program_id=program, name=name, phone=phone, words=words, place=place, at=now)
    record(ConcernReceived(program=program, concern=concern.id), now)
    announce([signal("stranger-concern", now, program_id=program, concern=concern)], concern=concern)
    return concern


def client_says(client: Client, name: str, now: datetime) -> RiskFinding:
    """A client told us something with one press that a rule in `signals.toml` knows."""
    found = signal(name, now, program_id=client.program_id, client=client)
    announce([found], client_id=client.id)
    return found


def signal(name: str, now: datetime, **about: object) -> RiskFinding:
    meaning = signals()[name]
    return RiskFinding(
        rule=meaning.id,
        rule_version=str(meaning.version),
        input=meaning.id,
        why=str(meaning.why),
        urgency=meaning.urgency,
        protocol=meaning.protocol or "",
        at=now,
        **about,
    )
