"""Every table that holds a client: whether a copy of the record holds it, and what becomes of it in the end.

A house test fails for a table that stands in neither list, or whose rows are not taken away (tests/house/test_records.py).
"""

from typing import Final

# A copy holds each row of these (records/offers).
IN_COPIES: Final = frozenset(
    {
        "people_client",
        "people_careteammember",
        "people_device",
        "people_riskrating",
        "people_reminderwish",
        "people_reaching",
        "people_supporter",
        "people_boundarysignature",
        "people_chartopening",
        "people_factorreset",
        "consent_consent",
        "consent_disclosure",
        "assessment_response",
        "assessment_answer",
        "assessment_helpcall",
        "assessment_staffconcern",
        "assessment_reminder",
        "assessment_riskfinding",
        "assessment_talk",
        "care_task",
        "crisis_episode",
        "crisis_move",
        "crisis_urgencychange",
        "crisis_try",
        "crisis_stepanswer",
        "crisis_ask",
        "crisis_formulation",
        "crisis_entry",
        "crisis_voice",
        "plans_safetyplan",
        "plans_planperson",
        "oncall_page",
        "ledger_chartread",
        "records_recordcopy",
        "records_correction",
        "records_closing",
    }
)

_WORK: Final = "how our own work ran: no decision about the client rests on it, and what it led to is in the copy"
_LOOKING_BACK: Final = "the team looks back at its own work: not used to decide about anybody (45 CFR 164.501)"
NOT_IN_COPIES: Final[dict[str, str]] = {
    "assessment_concern": "what somebody else told us in confidence (45 CFR 164.524(a)(2)(v)); the day is in the copy, "
    "and the client's own texts are",
    "crisis_signal": _WORK,
    "crisis_clock": _WORK,
    "crisis_waiverseen": _WORK,
    "oncall_paging": _WORK,
    "notify_attempt": _WORK + "; reminders to the client are in the copy by their day",
    "crisis_review": _LOOKING_BACK,
    "crisis_reviewitem": _LOOKING_BACK,
    "crisis_aftertext": _LOOKING_BACK,
    "crisis_assignedaction": _LOOKING_BACK,
    "notes_ownnote": "psychotherapy notes, kept apart for their author alone (45 CFR 164.524(a)(1)(i))",
    "records_hold": "gathered for a legal proceeding (45 CFR 164.524(a)(1)(ii))",
    "records_deletion": "bare numbers and days; written when the record is about to go",
    "people_tablebrought": "a file of many people, forgotten once it was brought in",
    "ledger_fact": "bare numbers of what the copy says in words",
}

# Columns of words that a copy leaves out, of tables that it holds.
WORDS_NOT_IN_COPIES: Final[dict[tuple[str, str], str]] = {
    (
        "people_chartopening",
        "why",
    ): "may hold what somebody told us in confidence (45 CFR 164.524(a)(2)(v)); that it was "
    "opened, by whom and until when is in the copy",
    ("people_chartopening", "review"): _LOOKING_BACK + "; what the review found is in the copy",
}

# What stays when the record is gone. None of it holds a name or a word of anybody.
STAYS: Final[dict[str, str]] = {
    "ledger_fact": "what happened, by bare numbers: the chain of the ledger rests on it",
    "ledger_chartread": "who looked, by bare numbers: the chain of the ledger rests on it",
    "records_deletion": "which number's record went, when, on what ground, and who approved it",
    "people_tablebrought": "that somebody brought in a file of many people: its text is forgotten after a day at most",
}
