"""`holdfast score`: score one form on the command line, from its answers in the order of the questions."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from holdfast.content import load
from holdfast.content.shapes import SEXES, Item, Kind, Questionnaire

from .rules import AnswerRefused, Score, read_answer, score

REFUSED = 2
HOW = """\
Answers stand in the order of the questions, with commas between them: numbers, or words where a question takes
words (yes, no, not sure). A lone - means not answered.

  holdfast score phq-9 --answers 1,2,0,1,0,0,1,0,1 --json
  holdfast score asq --answers no,no,yes,no,no
  holdfast score audit-c --answers 2,1,0 --sex female
  holdfast score check-in --answers "5,3,7,yes,no,not sure,I miss my sister"
"""


class _Refused(Exception):
    """What was asked cannot be scored; the message is one sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Refused(f"{message[:1].upper()}{message[1:].rstrip('.')}; see `holdfast score --help`.")


def off(form: Questionnaire, program: str | None = None) -> str:
    """Why a pack is not scored where nobody can say whether the program may use it."""
    return (
        f"The {form.scoring.short} is off: no administrator of this program has attested to a licence "
        f"of {form.licence.holder if form.licence else ''}."
    )


def main(argv: Sequence[str], why_off: Callable[[Questionnaire, str | None], str | None] = off) -> int:
    """Print the score; 0 when scored, 2 with one sentence on standard error when refused.

    `why_off` says why a form that needs a licence may not be used, or nothing where it may.
    """
    try:
        wanted = _parser().parse_args(_joined(argv))
        form = _form(wanted.instrument)
        refusal = why_off(form, wanted.program) if form.licence else None
        if refusal:
            raise _Refused(refusal)
        result = score(form, read_answers(form, wanted.answers), _sex(form, wanted.sex))
    except (_Refused, AnswerRefused) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return REFUSED
    except SystemExit as leaving:  # --help
        return int(leaving.code or 0)
    sys.stdout.write(_as_json(result) if wanted.json else _as_lines(form, result))
    return 0


def read_answers(form: Questionnaire, text: str) -> dict[str, int | None]:
    """The answers by question; `AnswerRefused` when the count or a value is wrong."""
    writes = form.items[-1].kind is Kind.TEXT
    parts = text.split(",", len(form.items) - 1) if writes else text.split(",")
    for items in _layouts(form):
        if len(items) == len(parts):
            break
    else:
        counts = sorted({len(items) for items in _layouts(form)})
        raise AnswerRefused(
            f"The {form.scoring.short} takes {_either(counts)} answers, with a comma between them, not {len(parts)}."
        )
    answers: dict[str, int | None] = {}
    for item, part in zip(items, parts, strict=True):
        value = _value(form, item, part)
        if item.id not in _folded(form):
            answers[item.id] = value
    _must_be_whole(form, answers, parts)
    return answers


def _layouts(form: Questionnaire) -> list[tuple[Item, ...]]:
    """Which questions the answers may stand for: all, all but the last unscored one, or with details folded."""
    layouts = [form.items]
    last = form.items[-1]
    if last.when or last.kind is Kind.TEXT or (form.scoring.total and last.id not in form.scoring.total.items):
        layouts.append(form.items[:-1])
    folded = _folded(form)
    if all(item.when and {when.item for when in item.when} == {form.items[0].id} for item in form.items[1:]):
        layouts.append(form.items[:1])  # a first question that alone decides whether the others are asked
    if folded:
        seen: dict[str, Item] = {}
        for item in form.items:
            seen.setdefault(folded.get(item.id, item.id), item)
        # The first detail stands for all: its place takes the highest of them, which is checked and not scored.
        layouts.append(tuple(seen.values()))
    return layouts


def _folded(form: Questionnaire) -> dict[str, str]:
    """Details such as 7a to 7g, by the number they share; they are never scored."""
    found = {}
    for item in form.items:
        number = re.fullmatch(r"(\d+)[a-z]", item.id)
        if number:
            found[item.id] = number[1]
    return found


def _value(form: Questionnaire, item: Item, part: str) -> int | None:
    said = part.strip()
    if item.id in form.scoring.words_only and any(each.isdigit() for each in said):
        words = ", ".join(choice.code.replace("-", " ") for choice in item.choices)
        raise AnswerRefused(f"Question {item.number} cannot be answered with {said[:40]!r}: it takes {words}.")
    if not said and item.kind is not Kind.TEXT:
        raise AnswerRefused(f"Question {item.number} is empty; write - where it was not answered.")
    return read_answer(item, said)


def _must_be_whole(form: Questionnaire, answers: dict[str, int | None], parts: list[str]) -> None:
    """A question that counts and that the answers call for must be given, be it as not answered."""
    for item in form.items:
        if item.when and item.id in form.scoring.counted and item.id not in answers and item.id not in _folded(form):
            for when in item.when:
                if answers.get(when.item) in when.values:
                    raise AnswerRefused(
                        f"The {form.scoring.short} asks question {item.number} after these answers, so it takes "
                        f"{len(form.items)} answers, not {len(parts)}; write - where it was not answered."
                    )


def _form(name: str) -> Questionnaire:
    known = load.questionnaire_names()
    plain = name.strip().lower().replace("_", "-")
    if plain not in (*known, *load.pack_names()):
        raise _Refused(f"There is no instrument {name[:40]!r}; known are {', '.join(known)}.")
    return load.questionnaire(plain)


def _sex(form: Questionnaire, said: str | None) -> str | None:
    """The sex whose cut-off counts, only where the authors give one sex its own."""
    if said is None:
        return None
    sex = said.strip().lower()
    if sex not in SEXES:
        raise _Refused(f"--sex takes {' or '.join(SEXES)}, not {said[:40]!r}; leave it out where it is not known.")
    if not form.scoring.knows_sex:
        raise _Refused(f"The {form.scoring.short} is scored the same for everyone, so it takes no --sex.")
    return sex


def _joined(argv: Sequence[str]) -> list[str]:
    """`--answers -,1,2` is meant as one value, though it looks like an option."""
    joined: list[str] = []
    for word in argv:
        if joined and joined[-1] == "--answers" and not word.startswith("--"):
            joined[-1] = f"--answers={word}"
        else:
            joined.append(word)
    return joined


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="holdfast score",
        description="Score one form from its answers.",
        epilog=HOW,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("instrument", help="one of: " + ", ".join(load.questionnaire_names()))
    parser.add_argument("--answers", required=True, help="the answers, with commas between them")
    parser.add_argument("--sex", help="female or male, where a form has cut-offs for both; else the lower one counts")
    parser.add_argument("--program", help="whose licence counts, for a form that needs one, where there are several")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _either(counts: Sequence[int]) -> str:
    *first, last = map(str, counts)
    return f"{', '.join(first)} or {last}" if first else last


def _as_json(result: Score) -> str:
    shown = {
        "instrument": result.instrument,
        "version": result.version,
        "total": result.total,
        "band": result.band,
        "positive": list(result.positive),
        "leads_to": list(result.leads_to),
        "why": list(result.why),
    }
    return json.dumps(shown, ensure_ascii=False, indent=2) + "\n"


def _as_lines(form: Questionnaire, result: Score) -> str:
    total = "none" if result.total is None else str(result.total)
    lines = [
        f"{form.title.en}, version {result.version} ({form.status})",
        f"Total: {total}   Band: {result.band or 'none'}   Positive: {', '.join(result.positive) or 'none'}",
        f"Leads to: {', '.join(result.leads_to) or 'nothing by itself'}",
        *(f"- {why}" for why in result.why),
    ]
    return "\n".join(lines) + "\n"
