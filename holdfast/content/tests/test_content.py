"""What we ship can be read, says where it comes from, and is honest about what nobody has approved."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from holdfast.content import load
from holdfast.content.codes import code_list
from holdfast.content.seal import check_content, list_content
from holdfast.content.shapes import Kind, Status, Urgency

PACKS = load.pack_names()
FORMS = (*load.questionnaire_names(), *PACKS)
PROTOCOLS = load.protocol_names()


def test_all_content_is_sound_and_sealed():
    assert check_content() == []


def test_everything_is_shipped_as_a_draft_and_no_approver_is_invented():
    assert {each.status for each in list_content()} == {Status.DRAFT}
    for path in load.CLINICAL.rglob("*.toml"):
        assert "approved_by" not in path.read_text(encoding="utf-8")


def test_every_listed_thing_has_a_name_a_version_and_a_title():
    listed = list_content()
    kinds = {
        "questionnaire",
        "protocol",
        "review",
        "exercise",
        "script",
        "cadence",
        "policy",
        "consent",
        "state",
        "codes",
        "escalation",
        "signals",
        "helplines",
    }
    assert {each.kind for each in listed} == kinds
    assert all(each.name and each.version and each.title for each in listed)


def test_every_loinc_code_was_looked_up_on_a_day_and_is_one_that_we_know():
    """H: a wrong code sends a suicide screen into another chart as something else."""
    known = {
        "phq-9": {"44249-1", "44261-6", "44260-8", "69722-7"},
        "gad-7": {"69737-5", "70274-6"},
        "phq-4": {"69724-3"},
        "audit-c": {"72109-2", "75626-2", "68518-0", "68519-8", "68520-6"},
        "dast-10": {"82666-9", "82667-7"},
        "c-ssrs": {"93246-7", "93247-5", "93248-3", "93249-1", "93250-9", "93267-3", "93269-9"},
    }
    for name in FORMS:
        form = load.questionnaire(name)
        total = form.scoring.total.codes if form.scoring.total else ()
        codes = [*form.codes, *total, *(code for item in form.items for code in item.codes)]
        assert {code.code for code in codes} == known.get(name, set())
        for code in codes:
            assert code.system == "http://loinc.org"
            assert len(code.verified_at.split("-")) == 3


def test_the_asq_has_no_codes_of_the_c_ssrs_and_the_audit_c_has_none_of_the_audit():
    """H-61: public code binds the one to the other's codes."""
    used = {form: {code.code.code for code in code_list().codes if code.form == form} for form in FORMS}
    assert used["asq"] == set()
    assert "75624-7" not in used["audit-c"]
    assert {"75624-7", "76504-0", "68517-2"} <= set(code_list().never)


def test_packs_are_not_among_the_forms_that_everyone_may_use_and_say_whose_they_are():
    assert PACKS == ("c-ssrs", "dast-10")
    for name in PACKS:
        licence = load.questionnaire(name).licence
        assert licence is not None
        assert licence.holder
        assert licence.terms.en != licence.terms.es
        assert name not in load.questionnaire_names()
    assert all(load.questionnaire(name).licence is None for name in load.questionnaire_names())


def test_the_wording_of_the_c_ssrs_is_not_shipped():
    """H-62: it is licensed. What stands in its place says so."""
    form = load.questionnaire("c-ssrs")
    assert form.licence is not None
    assert form.licence.wording_is_loaded
    assert all("has not been loaded yet" in item.text.en for item in form.items)


def test_question_3_of_the_dast_10_is_reversed_and_no_other():
    form = load.questionnaire("dast-10")
    points = {item.id: {choice.code: choice.value for choice in item.choices} for item in form.items}
    assert points.pop("3") == {"yes": 0, "no": 1}
    assert all(each == {"yes": 1, "no": 0} for each in points.values())
    assert form.item("3").text.en.startswith("Are you always able to stop"), "the other wording is not reversed"


@pytest.mark.parametrize("name", FORMS)
def test_every_question_can_be_shown_on_a_screen_of_its_own_in_both_languages(name):
    form = load.questionnaire(name)
    for words in (form.title, form.intro, form.skip):
        assert words.en
        assert words.es
        assert words.en != words.es
    for item in form.items:
        assert item.text.say("en") != item.text.say("es-US")
        if item.kind in (Kind.CHOICE, Kind.YES_NO):
            assert len(item.choices) >= 2
            assert all(choice.label.en and choice.label.es for choice in item.choices)
        if item.kind is Kind.NUMBER:
            assert item.minimum is not None
            assert item.maximum is not None
            assert item.lowest is not None


def test_the_phq_questions_stand_below_the_authors_own_stem():
    stem = load.questionnaire("phq-9").items[0].stem
    assert stem is not None
    assert stem.en == "Over the last 2 weeks, how often have you been bothered by any of the following problems?"


def test_which_questions_count_is_known_to_the_page():
    assert [item.id for item in load.questionnaire("phq-9").items if item.optional] == ["10"]
    assert [item.id for item in load.questionnaire("check-in").items if item.optional] == ["7"]
    assert [item.id for item in load.questionnaire("asq").items if item.when] == ["5"]


@pytest.mark.parametrize("name", FORMS)
def test_the_file_is_a_fhir_r4_questionnaire_in_shape(name):
    raw = json.loads((load.CLINICAL / "questionnaires" / name / "1" / "questionnaire.json").read_text("utf-8"))
    assert (raw["resourceType"], raw["status"], raw["version"]) == ("Questionnaire", "draft", "1")
    seen: list[str] = []

    def walk(items):
        for item in items:
            seen.append(item["linkId"])
            assert ("answerOption" in item) == (item["type"] == "choice")
            assert ("enableBehavior" in item) == (len(item.get("enableWhen", [])) > 1)
            assert item["type"] != "display" or "item" not in item
            walk(item.get("item", []))

    walk(raw["item"])
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_protocol_leads_to_its_end_and_every_step_says_what_to_write_down(name):
    protocol = load.protocol(name)
    at = protocol.steps[0]
    walked = {at.id}
    while at.then != "end":
        at = protocol.step(at.then)
        walked.add(at.id)
    assert walked == {step.id for step in protocol.steps}
    assert all(step.record and step.limit_minutes for step in protocol.steps)
    assert protocol.steps[-1].say, "the last words to the client are never left to chance"


def test_protocols_are_in_our_own_words():
    """H: licensed wording (C-SSRS, the Stanley-Brown form) must not slip into what we ship."""
    borrowed = (
        "wished you were dead or wished you could go to sleep and not wake up",
        "actually had any thoughts",
        "worked out the details",
        "warning signs that a crisis may be developing",
        "making the environment safe",
        "internal coping strategies",
    )
    ours = [*(load.CLINICAL / "protocols").rglob("*"), *(load.CLINICAL / "questionnaires" / "c-ssrs").rglob("*")]
    for path in (each for each in ours if each.is_file()):
        text = path.read_text(encoding="utf-8").lower()
        assert not [each for each in borrowed if each in text]


def test_the_table_of_urgencies_is_the_one_in_the_promises():
    table = load.escalation()
    assert table.steps == ("known", "first", "backup", "supervisor", "director")
    assert table.phone_answer_hold == 300
    assert (table.unread_after, table.unread_tries) == (30, 3)
    emergency, urgent = table.crises[Urgency.EMERGENCY], table.crises[Urgency.URGENT]
    assert (emergency.next_turn, emergency.first_try) == (120, 300)
    assert emergency.owner_silent == 600
    assert (urgent.next_turn, urgent.first_try, urgent.owner_silent) == (300, 900, 1800)
    assert (table.same_day.due_local_hour, table.same_day.at_most_hours, table.same_day.page_at_part) == (20, 12, 0.5)
    assert table.same_day.becomes is Urgency.URGENT
    assert (table.routine.due_working_days, table.routine.becomes) == (3, Urgency.SAME_DAY)


def test_the_help_button_is_an_emergency_and_a_stranger_urgent():
    signals = load.signals()
    assert signals["help-now"].urgency is Urgency.EMERGENCY
    assert signals["stranger-concern"].urgency is Urgency.URGENT
    assert signals["unreadable-answer"].urgency is Urgency.URGENT
    assert all(signal.protocol for signal in signals.values()), "a crisis always has a way through it"


def test_a_colleague_can_name_a_worry_for_every_protocol_and_it_is_urgent_unless_they_say_otherwise():
    signals = load.signals()
    for name in PROTOCOLS:
        assert (signals[f"concern-{name}"].protocol, signals[f"concern-{name}"].urgency) == (name, Urgency.URGENT)


def test_any_use_is_for_the_same_day_and_leads_to_a_protocol_that_asks_about_danger_first():
    for form, rules in (("check-in", ["checkin-use"]), ("bam-iop", ["bam-alcohol", "bam-heavy-drinking", "bam-drugs"])):
        found = {rule.id: rule for rule in load.questionnaire(form).scoring.rules}
        assert {(found[each].urgency, found[each].protocol) for each in rules} == {(Urgency.SAME_DAY, "return-to-use")}
    ids = [step.id for step in load.protocol("return-to-use").steps]
    assert ids.index("danger") < ids.index("listen") < ids.index("prescriber")
    danger = load.protocol("return-to-use").step("danger")
    asked = " ".join(words.en for words in danger.say).lower()
    for sign in ("breathe", "seizure", "shake", "sweat", "naloxone", "mix"):
        assert sign in asked


def test_steps_that_the_crisis_page_binds_to_acts_stand_in_every_new_protocol():
    for name in PROTOCOLS:
        ids = {step.id for step in load.protocol(name).steps}
        assert "settle" in ids
        if name not in ("i-need-help-now", "suicidal-plan-or-behaviour"):
            assert {"reach", "place", "decide", "settle", "follow-up"} <= ids, name


def test_nobody_is_told_to_call_who_does_the_harm_and_nobody_argues_with_a_voice():
    abuse = (load.CLINICAL / "protocols" / "abuse-or-violence-at-home" / "1" / "protocol.toml").read_text("utf-8")
    assert "Never call, text or write to the person who does the harm" in abuse
    assert "1-800-799-7233" in abuse
    assert "safe to talk" in load.protocol("abuse-or-violence-at-home").step("reach").say[1].en
    psychosis = load.protocol("psychosis").step("listen")
    assert "do not argue" in psychosis.title.en
    others = load.protocol("danger-to-others")
    assert others.step("decide").role == "supervisor"
    assert "cannot promise" in others.step("reach").say[2].en


def test_whatever_may_open_a_crisis_at_once_brings_its_protocol():
    for name in FORMS:
        for rule in load.questionnaire(name).scoring.rules:
            assert rule.protocol or rule.urgency not in (Urgency.EMERGENCY, Urgency.URGENT)


def test_every_rule_looks_at_one_question_so_that_it_fires_once_a_form():
    for name in FORMS:
        assert all(len(rule.items) <= 1 for rule in load.questionnaire(name).scoring.rules)


def test_988_and_911_come_first_and_no_line_hides_whether_somebody_checked_it():
    lines = load.helplines().lines
    assert [line.id for line in lines[:2]] == ["988", "911"]
    assert all(line.verified == bool(line.verified_at) and line.source for line in lines)
    assert {line.id for line in lines if not line.verified} == {
        "crisis-text-line",
        "samhsa",
        "poison",
        "domestic-violence",
        "trevor",
    }
    assert all(line.chat == "" or line.chat.startswith("https://") for line in lines)
    spanish = lines[0].text_words
    assert spanish is not None
    assert "AYUDA" in spanish.es


def test_helplines_can_be_read_without_database_and_without_django():
    """H: the helplines must stand when everything else has fallen."""
    code = (
        "import sys; from holdfast.content import load; load.helplines();"
        "sys.exit(any(name.split('.')[0] in ('django', 'psycopg') for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=load.CLINICAL.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
