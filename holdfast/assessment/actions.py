"""The only writer of answers and findings. Every action needs the open transaction of a scope.

Answers commit first and are judged afterwards, so that no bug in judging can lose them.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from holdfast.assessment import queries
from holdfast.assessment.facts import AnswersSaved, ConcernReceived, HelpAsked, RiskFound
from holdfast.assessment.models import Answer, Concern, HelpCall, Response, RiskFinding
from holdfast.assessment.rules import Finding, Score, is_asked, score, unfinished
from holdfast.assessment.steps import TRY_AGAIN, BadAnswer, Given, give_up, next_item, read_answer
from holdfast.content.load import escalation, questionnaire, signals
from holdfast.content.shapes import Questionnaire, Urgency
from holdfast.ledger.record import record
from holdfast.people.models import Client

log = logging.getLogger("holdfast.assessment")


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
    """Give a client a form, or the one they left unfinished in the last day."""
    if asked_by is None:
        left = Response.objects.filter(
            client_id=client_id, instrument=instrument, done_at=None, opened_at__gt=now - timedelta(hours=20)
        ).last()
        if left:
            return left
    form = questionnaire(instrument)
    clock = form.scoring.unfinished
    return Response.objects.create(
        program_id=program,
        client_id=client_id,
        instrument=form.name,
        version=form.version,
        asked_by=asked_by,
        opened_at=now,
        # A screen asked because of a worrying answer is itself a signal when it is left unfinished.
        unfinished_at=now + timedelta(minutes=clock.after_minutes) if clock and asked_by else None,
    )


def save_answers(response_uid: UUID, typed: Mapping[str, str], via: str, now: datetime) -> Saved:
    """Keep answers, item by item, and mark them unjudged. A doubled submit is one answer.

    `typed` maps item ids to what came in; unknown items and bad values are refused with a sentence,
    the others are kept all the same.
    """
    response = Response.objects.select_for_update().get(uid=response_uid)
    form = questionnaire(response.instrument, response.version)
    known = {item.id: item for item in form.items}
    before = queries.latest_answers(response.id)
    refused: dict[str, str] = {}
    fresh: dict[str, Given] = {}
    for item_id, text in typed.items():
        try:
            if item_id not in known:
                raise BadAnswer("This form has no such question.")
            given = read_answer(known[item_id], text)
        except BadAnswer as bad:
            refused[item_id] = str(bad)
            continue
        old = before.get(item_id)
        if old is None or (old.value, old.words) != (given.value, given.words):
            fresh[item_id] = given
    Answer.objects.bulk_create(
        Answer(
            program_id=response.program_id,
            response=response,
            item=item,
            value=given.value,
            words=given.words,
            via=via,
            at=now,
            judge_at=now + TRY_AGAIN,
        )
        for item, given in fresh.items()
    )
    values = {item: answer.value for item, answer in before.items()} | {
        item: given.value for item, given in fresh.items()
    }
    coming = next_item(form, values)
    asked = None
    if fresh:
        result = _try_to_score(response, form, values)
        asked = _ask_what_follows(response, result, now)
        _note_progress(response, form, values, result, asked is not None, now)
        record(AnswersSaved(program=response.program_id, response=response.id), now)
    kept = tuple(item for item in typed if item not in refused)
    return Saved(kept, refused, coming.id if coming else None, asked or _already_asked(response))


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
) -> None:
    """Note the end of a form, or start the clock of a suicide screen that holds a positive answer."""
    left = [item for item in form.items if item.id not in values and is_asked(item, values)]
    clock = form.scoring.unfinished
    # The authors of the ASQ count a declined question as a yes: a skipped one does not finish a suicide screen.
    skipped = clock and any(item in values and values[item] is None for item in form.scoring.required)
    done = not skipped and (not left or (leads_on and all(item.optional for item in left)))
    if done and response.done_at is None:
        response.done_at, response.unfinished_at = now, None
        response.save(update_fields=["done_at", "unfinished_at"])
    elif not done and clock and response.unfinished_at is None and (result is None or result.positive):
        response.unfinished_at = now + timedelta(minutes=clock.after_minutes)
        response.save(update_fields=["unfinished_at"])


def judge(fact: AnswersSaved, now: datetime) -> None:
    """Read what was saved and say which rules fired. Harmless when done twice."""
    judge_response(fact.response, now)


def judge_response(response_id: int, now: datetime) -> bool:
    """Judge the unjudged answers of one form. False when there are none left to judge, or another does it now."""
    waiting = list(
        Answer.objects.select_for_update(skip_locked=True)
        .filter(response_id=response_id, judged_at=None)
        .values_list("id", flat=True)
    )
    if not waiting:
        return False
    response = Response.objects.get(id=response_id)
    form = questionnaire(response.instrument, response.version)
    answers = queries.latest_answers(response_id)
    result = score(form, {item: answer.value for item, answer in answers.items()})
    have = (
        set(RiskFinding.objects.filter(response=response).values_list("rule", flat=True)) if result.findings else set()
    )
    # A rule that fires on several questions is one finding.
    first = {f.rule: f for f in reversed(result.findings) if f.rule not in have}
    found = [_finding(response, first[f.rule], answers, now) for f in result.findings if first.get(f.rule) is f]
    _announce(found, client_id=response.client_id)
    Answer.objects.filter(id__in=waiting).update(judged_at=now)
    if result.total is not None or result.band is not None:
        Response.objects.filter(id=response_id).update(total=result.total, band=result.band or "")
    return True


def _finding(response: Response, finding: Finding, answers: Mapping[str, Answer], now: datetime) -> RiskFinding:
    answer = answers.get(finding.item or "")
    return RiskFinding(
        program_id=response.program_id,
        client_id=response.client_id,
        response=response,
        answer=answer,
        rule=finding.rule,
        rule_version=str(finding.version),
        input=f"{response.instrument} {finding.item or 'total'}",
        why=finding.why,
        urgency=finding.urgency or Urgency.NONE,
        protocol=finding.protocol or "",
        at=now,
    )


def _announce(found: list[RiskFinding], *, client_id: int | None = None, concern: Concern | None = None) -> None:
    """Keep new findings and tell upward what they lead to, as one fact with the highest urgency."""
    RiskFinding.objects.bulk_create(found)
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
                findings=tuple(f.id for f in found if f.urgency != Urgency.NONE),
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
        _announce([found], client_id=response.client_id)
    Answer.objects.filter(id__in=ids).update(judge_tries=tries, judged_at=now)
    return True


def left_unfinished(response_id: int, now: datetime) -> bool:
    """A suicide screen was left after a worrying answer: silence is not an answer."""
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
        _announce([_finding(response, found, {}, now)], client_id=response.client_id)
    response.unfinished_at = None
    response.save(update_fields=["unfinished_at"])
    return True


def ask_for_help(client: Client, via: str, now: datetime) -> HelpCall:
    """A client pressed "I need help now": an emergency, in this same transaction. Each press is a signal."""
    call = HelpCall.objects.create(program_id=client.program_id, client=client, via=via, at=now)
    record(HelpAsked(program=client.program_id, call=call.id, client=client.id), now)
    _announce(
        [_signal("help-now", now, program_id=client.program_id, client=client, help_call=call)], client_id=client.id
    )
    return call


def receive_concern(program: int, *, name: str, phone: str, words: str, place: str, now: datetime) -> Concern:
    """Somebody we do not know is worried or in danger: an urgent crisis for staff to match, paged all the same."""
    concern = Concern.objects.create(program_id=program, name=name, phone=phone, words=words, place=place, at=now)
    record(ConcernReceived(program=program, concern=concern.id), now)
    _announce([_signal("stranger-concern", now, program_id=program, concern=concern)], concern=concern)
    return concern


def _signal(name: str, now: datetime, **about: object) -> RiskFinding:
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
