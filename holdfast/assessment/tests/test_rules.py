"""What answers mean: the worked cases of every form, and what must hold for any answers at all."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.assessment import rules, score_command
from holdfast.assessment.rules import AnswerRefused
from holdfast.content import load
from holdfast.content.shapes import Kind, Questionnaire, Urgency

FORMS = (*load.questionnaire_names(), *load.pack_names())
SCREENS_OF_DANGER = ("asq", "phq-9", "check-in", "c-ssrs")


@dataclass(frozen=True)
class Case:
    form: Questionnaire
    row: dict[str, str]

    @property
    def answers(self) -> dict[str, int | None]:
        return score_command.read_answers(self.form, self.row["answers"])

    def score(self):
        return rules.score(self.form, self.answers, self.row.get("sex") or None)


def cases() -> list[Case]:
    found = []
    for name in FORMS:
        form = load.questionnaire(name)
        path = load.CLINICAL / "questionnaires" / name / form.version / "vectors.csv"
        with path.open(encoding="utf-8", newline="") as lines:
            found += [Case(form, row) for row in csv.DictReader(lines)]
    return found


CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=[f"{case.form.name}: {case.row['case']}" for case in CASES])
def test_every_worked_case_comes_out_as_written(case):
    result = case.score()
    assert (result.total is None) == (case.row["total"] == "")
    assert str(result.total if result.total is not None else "") == case.row["total"]
    assert (result.band or "") == case.row["band"]
    assert " ".join(result.positive) == case.row["positive"]
    assert " ".join(result.leads_to) == case.row["leads_to"]
    assert case.row["source"], "a case says where it comes from"


def test_every_rule_of_every_form_fires_in_a_worked_case():
    fired = {(case.form.name, each.rule) for case in CASES for each in case.score().findings}
    written = {(name, rule.id) for name in FORMS for rule in load.questionnaire(name).scoring.rules}
    assert written - fired == set()


def test_every_band_is_reached_in_a_worked_case():
    reached = {(case.form.name, case.row["band"]) for case in CASES}
    for name in FORMS:
        scoring = load.questionnaire(name).scoring
        words = [band.word for band in scoring.total.bands] if scoring.total else [p.word for p in scoring.patterns]
        assert {(name, word) for word in words} <= reached


# ------------------------------------------------------------------ what leads to what, said once more by hand


@pytest.mark.parametrize(
    ("name", "item", "value", "urgency"),
    [
        ("check-in", "6", 2, Urgency.EMERGENCY),
        ("check-in", "6", 1, Urgency.URGENT),
        ("check-in", "6", 0, None),
        ("check-in", "5", 1, Urgency.SAME_DAY),
        ("asq", "5", 1, Urgency.EMERGENCY),
        ("asq", "1", 1, Urgency.URGENT),
        ("asq", "4", 1, Urgency.URGENT),
        ("phq-9", "9", 0, None),
        ("phq-9", "9", 1, Urgency.SAME_DAY),
        ("phq-9", "9", 2, Urgency.URGENT),
        ("phq-9", "9", 3, Urgency.URGENT),
        ("bam-iop", "4", 1, Urgency.SAME_DAY),
        ("bam-iop", "5", 1, Urgency.SAME_DAY),
        ("bam-iop", "6", 1, Urgency.SAME_DAY),
        ("bam-iop", "8", 4, None),
        ("gad-7", "7", 3, None),
        ("c-ssrs", "1", 1, Urgency.SAME_DAY),
        ("c-ssrs", "2", 1, Urgency.SAME_DAY),
        ("c-ssrs", "3", 1, Urgency.URGENT),
        ("c-ssrs", "4", 1, Urgency.EMERGENCY),
        ("c-ssrs", "5", 1, Urgency.EMERGENCY),
        ("c-ssrs", "6", 1, Urgency.URGENT),
        ("c-ssrs", "6-recent", 1, Urgency.EMERGENCY),
        ("audit-c", "1", 4, None),
        ("pc-ptsd-5", "3", 1, None),
    ],
)
def test_one_answer_by_itself_leads_where_the_table_says(name, item, value, urgency):
    """H: a worrying answer in half a form is not held back until the form ends."""
    findings = rules.judge(load.questionnaire(name), {item: value})
    assert rules.highest_urgency(findings) == urgency


@pytest.mark.parametrize("value", [1, 2, 3])
def test_item_9_above_0_always_asks_the_asq(value):
    assert "ask:asq" in rules.leads_to(rules.judge(load.questionnaire("phq-9"), {"9": value}))


def test_a_reason_names_the_rule_its_version_and_the_answer():
    (why,) = (each.why for each in rules.judge(load.questionnaire("phq-9"), {"9": 2}))
    assert why.startswith(
        "PHQ-9 question 9 was answered 2 (more than half the days); rule phq9-item9-often of version 1"
    )


def test_a_note_leads_to_a_human_and_its_words_stay_out_of_the_reason():
    result = rules.score(load.questionnaire("check-in"), {"7": "please tell nobody about the bridge"})
    assert result.leads_to == ("urgency:same_day",)
    assert "a note from the client that nobody has read yet" in result.why[0]
    assert "bridge" not in " ".join(result.why)
    assert rules.judge(load.questionnaire("check-in"), {"7": "   "}) == ()


def test_question_5_of_the_asq_is_asked_only_after_a_yes():
    form = load.questionnaire("asq")
    assert [item.id for item in rules.asked(form, {})] == ["1", "2", "3", "4"]
    assert [item.id for item in rules.asked(form, {"1": 0, "2": 1})] == ["1", "2", "3", "4", "5"]


def test_the_columbia_screener_goes_from_a_no_to_question_2_straight_to_question_6():
    form = load.questionnaire("c-ssrs")
    assert [item.id for item in rules.asked(form, {"1": 1, "2": 0})] == ["1", "2", "6"]
    assert [item.id for item in rules.asked(form, {"2": 1, "6": 1})] == ["1", "2", "3", "4", "5", "6", "6-recent"]


def test_who_never_drinks_is_asked_nothing_further_and_comes_to_0():
    form = load.questionnaire("audit-c")
    assert [item.id for item in rules.asked(form, {"1": 0})] == ["1"]
    assert rules.score(form, {"1": 0}).total == 0


def test_without_a_sex_the_lower_cut_off_counts_and_the_reason_says_so():
    form = load.questionnaire("audit-c")
    answers = {"1": 2, "2": 1, "3": 0}
    unknown, woman, man = (rules.score(form, answers, sex) for sex in (None, "female", "male"))
    assert [each.band for each in (unknown, woman, man)] == ["positive", "positive", "negative"]
    said = "No sex was given, so the lower cut-off of the authors is used."
    assert [said in each.why for each in (unknown, woman, man)] == [True, False, False]


def test_a_sign_of_withdrawal_leads_on_even_where_a_question_was_left_out():
    """H: a missing item gives no total, and must not hide an answer that needs a human today."""
    (finding,) = rules.score(load.questionnaire("audit-c"), {"1": 3, "4": 1}).findings
    assert (finding.urgency, finding.item) == (Urgency.SAME_DAY, "4")
    assert "total is not known, since questions 2 and 3 had no answer" in finding.why


def test_details_of_drugs_are_asked_only_after_drugs():
    form = load.questionnaire("bam-iop")
    assert "7a" not in [item.id for item in rules.asked(form, {"6": 0})]
    assert "7g" in [item.id for item in rules.asked(form, {"6": 1})]


def test_heavy_drinking_counts_as_none_where_there_was_no_alcohol():
    form = load.questionnaire("bam-iop")
    use = next(part for part in rules.score(form, {"4": 0, "6": 1}).parts if part.id == "use")
    assert use.value == 1
    assert rules.score(form, {"6": 1}).parts[0].value is None


def test_a_screen_left_after_a_yes_is_itself_a_finding():
    form = load.questionnaire("asq")
    left = rules.unfinished(form, {"1": 1})
    assert left is not None
    assert (left.rule, left.urgency, left.protocol) == ("asq-unfinished", Urgency.URGENT, "suicidal-thoughts")
    assert rules.unfinished(form, {}) is None
    assert rules.unfinished(form, {}, after_positive=True) is not None
    assert rules.unfinished(form, dict.fromkeys("1234", 0), after_positive=True) is None
    assert rules.unfinished(form, {"1": 1, "2": 0, "3": 0, "4": 0, "5": 0}) is None
    assert rules.unfinished(load.questionnaire("gad-7"), {"1": 3}) is None


@pytest.mark.parametrize("bad", [-1, 4, 99])
def test_a_value_the_question_cannot_have_is_refused(bad):
    with pytest.raises(AnswerRefused, match="Question 9 cannot be answered with"):
        rules.score(load.questionnaire("phq-9"), {"9": bad})


def test_an_unknown_question_is_refused():
    with pytest.raises(AnswerRefused, match="The PHQ-9 has no question '11'"):
        rules.judge(load.questionnaire("phq-9"), {"11": 0})


# ------------------------------------------------------------------ for any answers at all


@st.composite
def filled(draw, names=FORMS):
    form = load.questionnaire(draw(st.sampled_from(names)))
    return form, {item.id: draw(st.none() | st.sampled_from(item.values)) for item in form.items}


@settings(max_examples=40, deadline=None)
@given(filled(), st.data())
def test_any_part_of_a_form_gives_the_same_findings_as_the_whole(whole, data):
    form, answers = whole
    kept = data.draw(st.sets(st.sampled_from(sorted(answers)))) if answers else set()
    part = {item: answers[item] for item in kept}
    assert rules.judge(form, part) == tuple(each for each in rules.judge(form, answers) if each.item in kept)
    assert set(rules.judge(form, answers)) <= set(rules.score(form, answers).findings)


@settings(max_examples=40, deadline=None)
@given(filled())
def test_a_missing_item_gives_no_total_and_no_band(whole):
    form, answers = whole
    result = rules.score(form, answers)
    if result.missing:
        assert (result.total, result.band) == (None, None)
    elif form.scoring.total:
        counted = sum(answers[item] or 0 for item in form.scoring.total.items)
        assert result.total == counted * form.scoring.total.times
        assert result.band in {band.word for band in form.scoring.total.bands}
    assert sum(word.startswith("urgency:") for word in result.leads_to) <= 1
    assert list(result.leads_to) == sorted(result.leads_to)
    assert len(result.why) >= len(result.findings)


@settings(max_examples=60, deadline=None)
@given(filled(SCREENS_OF_DANGER), st.data())
def test_a_worse_or_further_answer_never_lowers_the_urgency(whole, data):
    """H: an honest second answer must never take back the help that the first one called."""
    form, answers = whole
    item = form.item(data.draw(st.sampled_from(sorted(answers))))
    if item.id in ("1", "2", "3", "4") and form.name == "check-in":
        return
    before = answers[item.id]
    worse = data.draw(st.sampled_from([value for value in item.values if before is None or value >= before]))

    def weight(given_answers):
        urgency = rules.highest_urgency(rules.score(form, given_answers).findings)
        return urgency.weight if urgency else -1

    assert weight({**answers, item.id: worse}) >= weight(answers)


# ------------------------------------------------------------------ the command


def run(capsys, *argv):
    status = score_command.main(list(argv))
    out, err = capsys.readouterr()
    return status, out, err


def test_the_command_prints_exactly_the_promised_keys(capsys):
    status, out, err = run(capsys, "phq-9", "--answers", "1,2,0,1,0,0,1,0,1", "--json")
    shown = json.loads(out)
    assert (status, err) == (0, "")
    assert list(shown) == ["instrument", "version", "total", "band", "positive", "leads_to", "why"]
    assert (shown["total"], shown["band"], shown["positive"]) == (6, "mild", ["9"])
    assert shown["leads_to"] == ["ask:asq", "protocol:suicidal-thoughts", "urgency:same_day"]


@pytest.mark.parametrize("name", ["PHQ_9", "Phq-9", "phq_9"])
def test_names_are_taken_in_any_case_and_with_an_underscore(capsys, name):
    assert run(capsys, name, "--answers", "0,0,0,0,0,0,0,0,0")[0] == 0


def test_without_json_a_person_can_read_it(capsys):
    status, out, _ = run(capsys, "asq", "--answers", "no,yes,no,no,yes")
    assert status == 0
    assert "Band: acute positive" in out
    assert "- ASQ question 5 was answered yes; rule asq-right-now of version 1 calls this an emergency" in out


def test_a_first_answer_left_out_is_not_taken_for_an_option(capsys):
    status, out, _ = run(capsys, "phq-9", "--json", "--answers", "-,0,0,0,0,0,0,0,3")
    assert status == 0
    assert json.loads(out)["total"] is None


@pytest.mark.parametrize("said", ["yes", "YES", "Sí", "si", "1"])
def test_yes_may_be_said_in_several_ways(capsys, said):
    _, out, _ = run(capsys, "asq", "--answers", f"{said},no,no,no,no", "--json")
    assert json.loads(out)["positive"] == ["1"]


def test_a_pack_that_the_program_may_use_is_scored_and_question_3_takes_no_bare_number(capsys):
    def run_open(answers):
        status = score_command.main(["dast-10", "--json", "--answers", answers], why_off=lambda form, program: None)
        return status, *capsys.readouterr()

    status, out, _ = run_open("yes,no,yes,no,no,no,no,no,no,no")
    assert (status, json.loads(out)["band"]) == (0, "low")
    status, _, err = run_open("1,0,1,0,0,0,0,0,0,0")
    assert (status, "Question 3 cannot be answered with '1': it takes no, yes." in err) == (2, True)


def test_the_sex_is_taken_where_the_authors_have_two_cut_offs(capsys):
    _, out, _ = run(capsys, "audit-c", "--answers", "2,1,0", "--sex", "Male", "--json")
    assert json.loads(out)["band"] == "negative"


def test_help_is_no_refusal(capsys):
    status, out, _ = run(capsys, "--help")
    assert status == 0
    assert "holdfast score phq-9" in out


REFUSALS = [
    (
        ["phq-8", "--answers", "1"],
        "There is no instrument 'phq-8'; known are asq, audit-c, bam-iop, check-in, gad-7, pc-ptsd-5, phq-4, phq-9, who-5.",
    ),
    (["../phq-9", "--answers", "1"], "There is no instrument"),
    (["phq-9", "--answers", "1,2"], "The PHQ-9 takes 9 or 10 answers, with a comma between them, not 2."),
    (["phq-9", "--answers", "0,0,0,0,0,0,0,0,0,0,0"], "not 11."),
    (["phq-9", "--answers", ""], "not 1."),
    (["phq-9", "--answers", "0,0,0,0,0,0,0,0,4"], "Question 9 cannot be answered with '4'"),
    (["phq-9", "--answers", "0,0,0,0,0,0,0,0,-1"], "Question 9 cannot be answered with '-1'"),
    (["phq-9", "--answers", "0,0,0,0,0,0,0,0,1.5"], "Question 9 cannot be answered with '1.5'"),
    (["phq-9", "--answers", "0,0,0,0,0,0,0,0,²"], "Question 9 cannot be answered with"),
    (["phq-9", "--answers", "0,0,0,0,0,0,0,0,99999999999999999999"], "Question 9 cannot be answered with"),
    (["phq-9", "--answers", "0,0,,0,0,0,0,0,0"], "Question 3 is empty; write - where it was not answered."),
    (["phq-9", "--answers", "yes,0,0,0,0,0,0,0,0"], "Question 1 cannot be answered with 'yes'"),
    (["asq", "--answers", "maybe,no,no,no"], "Question 1 cannot be answered with 'maybe': it takes yes or no."),
    (["asq", "--answers", "no,yes,no,no"], "The ASQ asks question 5 after these answers"),
    (["asq", "--answers", "no,no,no"], "The ASQ takes 4 or 5 answers"),
    (["bam-iop", "--answers", "1,2"], "The BAM-IOP takes 17 or 23 answers"),
    (["bam-iop", "--answers", "0,0,0,0,0,0,0,0,0,0,0,0,0,2,0,0,0"], "Question 14 cannot be answered with '2'"),
    (["bam-iop", "--answers", "0,0,0,0,0,0,5,0,0,0,0,0,0,no,0,0,0"], "Question 7A cannot be answered with '5'"),
    (["check-in", "--answers", "11,0,0,yes,no,yes"], "it takes a whole number from 0 to 10."),
    (
        ["check-in", "--answers", "5,0,8,yes,no,1"],
        "Question 6 cannot be answered with '1': it takes yes, not sure, no.",
    ),
    (["check-in", "--answers", "5,0,8,yes"], "The Check-in takes 6 or 7 answers"),
    (
        ["dast-10", "--answers", "no"],
        "The DAST-10 is off: no administrator of this program has attested to a licence of",
    ),
    (["c-ssrs", "--answers", "no"], "The C-SSRS is off: no administrator of this program has attested"),
    (["phq-9", "--answers", "0,0,0,0,0,0,0,0,0", "--sex", "male"], "scored the same for everyone, so it takes no"),
    (["audit-c", "--answers", "0,0,0", "--sex", "x"], "--sex takes female or male, not 'x'"),
    (["audit-c", "--answers", "0,0"], "The AUDIT-C takes 1, 3 or 4 answers"),
    (["audit-c", "--answers", "2,1,1,maybe"], "Question 4 cannot be answered with 'maybe': it takes yes or no."),
    (["pc-ptsd-5", "--answers", "yes"], "The PC-PTSD-5 asks question 1 after these answers"),
    (["pc-ptsd-5", "--answers", "yes,no"], "The PC-PTSD-5 takes 1, 5 or 6 answers"),
    (["who-5", "--answers", "6,0,0,0,0"], "Question 1 cannot be answered with '6'"),
    (["phq-9"], "The following arguments are required: --answers"),
    ([], "The following arguments are required: instrument, --answers"),
    (["phq-9", "--answers", "0,0,0,0,0,0,0,0,0", "--xml"], "Unrecognized arguments: --xml"),
]


@pytest.mark.parametrize(("argv", "sentence"), REFUSALS)
def test_what_cannot_be_scored_is_refused_with_one_sentence(capsys, argv, sentence):
    status, out, err = run(capsys, *argv)
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.endswith(".\n")
    assert err.count("\n") == 1


def test_every_choice_of_every_form_can_be_said_by_its_value_its_word_and_its_label():
    for name in FORMS:
        for item in load.questionnaire(name).items:
            if item.kind in (Kind.CHOICE, Kind.YES_NO):
                for choice in item.choices:
                    said = [str(choice.value), choice.code, choice.label.en, choice.label.es]
                    assert {rules.read_answer(item, each) for each in said} == {choice.value}
