"""The narrow way by which something is deleted: one function of the database for each kind.

Web and worker have no right to delete a row of a chart. The worker may call these functions; each looks again whether
a director's word is there and its day has come, whether nobody of ours treats the client, and whether no hold, crisis
or request stands against it, and then takes away so many rows of that one client, children first. Only the web writes
a director's word, only the worker calls: either of them alone can delete nothing.
"""

from dataclasses import dataclass

# Beneath this the database deletes nothing, whatever policy or approval says.
FLOOR = {"record": "5 years", "contact": "30 days"}


@dataclass(frozen=True)
class Take:
    """Rows of one table. `$c` stands for the client's number. `also`: what hangs on these rows, in one statement."""

    table: str
    where: str
    also: str = ""


def function(kind: str, steps: tuple[Take, ...]) -> str:
    """SQL of the function of one kind."""
    return f"""
    create or replace function holdfast_take_{kind}(which bigint, most integer) returns integer
    language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $body$
    declare c bigint; n integer := 0; so_far integer := 0;
    begin
        select d.client into c from records_deletion d
         where d.id = which and d.kind = '{kind}' and d.done_at is null and d.dropped_at is null
           and d.due_at <= holdfast_now() for update;
        if c is null then return 0; end if;
        if exists (select from records_hold h where h.client_id = c and h.lifted_at is null)
           or exists (select from records_correction r where r.client_id = c and r.answer = '')
           or exists (select from crisis_episode e where e.client_id = c and e.state <> 'closed')
           or exists (select from people_client p where p.id = c
                       and (p.standing not in ('other_care', 'discharged', 'died')
                            or p.standing_since > holdfast_now() - interval '{FLOOR[kind]}'))
        then
            update records_deletion set dropped_at = holdfast_now() where id = which;
            return 0;
        end if;
        {"".join(_step(one) for one in steps)}
        update records_deletion set done_at = case when so_far < most then holdfast_now() end, rows = rows + so_far
         where id = which;
        return so_far;
    end $body$;
    revoke all on function holdfast_take_{kind}(bigint, integer) from public;
    grant execute on function holdfast_take_{kind}(bigint, integer) to holdfast_worker;
    """


def _step(one: Take) -> str:
    where = one.where.replace("$c", "c")
    if one.also:  # hangs together, so it goes whole
        return f"""
        if so_far < most then
        with gone as (delete from {one.table} t where {where} returning *)
        , also as ({one.also.replace("$c", "c")} returning 1) select count(*) into n from gone;
        so_far := so_far + n;
        end if;"""
    return f"""
        if so_far < most then
            delete from {one.table} x where x.id in (select t.id from {one.table} t where {where}
                                                      order by t.id desc limit most - so_far);
            get diagnostics n = row_count; so_far := so_far + n;
        end if;"""


_E = "(select id from crisis_episode where client_id = $c)"
_RESPONSES = "(select id from assessment_response where client_id = $c)"
_CONCERNS = "(select concern_id from crisis_episode where client_id = $c)"
_OF_EPISODE = f"t.episode_id in {_E}"
_REVIEWS = "(select id from crisis_review where client_id = $c)"
_FINDING = f"t.client_id = $c or t.response_id in {_RESPONSES} or t.concern_id in {_CONCERNS}"
_FINDINGS = f"(select t.id from assessment_riskfinding t where {_FINDING})"
_MINE = "t.client_id = $c"

CONTACT = (
    Take("notify_attempt", "t.wish_id in (select id from people_reminderwish where client_id = $c)"),
    Take("assessment_reminder", _MINE),
    Take("people_reminderwish", _MINE),
    Take("people_device", _MINE),
)

RECORD = (
    Take("crisis_waiverseen", f"t.entry_id in (select id from crisis_entry where episode_id in {_E})"),
    Take("crisis_entry", _OF_EPISODE),
    Take("crisis_stepanswer", _OF_EPISODE),
    Take("crisis_ask", _OF_EPISODE),
    Take("crisis_formulation", f"{_OF_EPISODE} or {_MINE}"),
    Take("crisis_urgencychange", _OF_EPISODE),
    Take("crisis_try", _OF_EPISODE),
    Take("crisis_clock", _OF_EPISODE),
    Take("crisis_move", _OF_EPISODE),
    Take("crisis_voice", f"{_OF_EPISODE} or {_MINE}"),
    Take("crisis_assignedaction", f"{_OF_EPISODE} or t.review_id in {_REVIEWS}"),
    Take("crisis_aftertext", f"{_OF_EPISODE} or t.review_id in {_REVIEWS}"),
    Take("crisis_reviewitem", f"t.review_id in {_REVIEWS}"),
    Take("crisis_review", _MINE),
    Take("crisis_signal", f"{_OF_EPISODE} or t.finding_id in {_FINDINGS}"),
    Take("care_task", f"{_MINE} or t.finding_id in {_FINDINGS}"),
    Take(
        "oncall_page",
        f"t.paging_id in (select id from oncall_paging where client_id = $c"
        f" or (what in ('crisis', 'second') and what_id in {_E}))",
    ),
    Take("oncall_paging", f"{_MINE} or (t.what in ('crisis', 'second') and t.what_id in {_E})"),
    Take(
        "assessment_riskfinding",
        _FINDING,
        also="""delete from assessment_concern k where k.id in (select concern_id from gone)
            and not exists (select from crisis_episode e where e.concern_id = k.id)
            and not exists (select from assessment_riskfinding f where f.concern_id = k.id
                            and f.id not in (select id from gone))""",
    ),
    Take(
        "crisis_episode",
        _MINE,
        also="""delete from assessment_concern k where k.id in (select concern_id from gone)
            and not exists (select from crisis_episode e where e.concern_id = k.id and e.client_id is distinct from $c)
            and not exists (select from assessment_riskfinding f where f.concern_id = k.id)""",
    ),
    Take("assessment_answer", f"t.response_id in {_RESPONSES}"),
    Take("assessment_response", _MINE),
    Take("assessment_helpcall", _MINE),
    Take("assessment_staffconcern", _MINE),
    Take("assessment_talk", _MINE),
    Take("plans_planperson", "t.plan_id in (select id from plans_safetyplan where client_id = $c)"),
    Take("plans_safetyplan", _MINE),
    Take("consent_disclosure", _MINE),
    Take("consent_consent", _MINE),
    Take("notes_ownnote", _MINE),
    Take("people_chartopening", _MINE),
    Take("people_factorreset", _MINE),
    Take("people_riskrating", _MINE),
    Take("people_reaching", _MINE),
    Take("people_supporter", _MINE),
    Take("people_boundarysignature", _MINE),
    Take("people_careteammember", _MINE),
    Take("records_correction", _MINE),
    Take("records_closing", _MINE),
    Take("records_recordcopy", _MINE),
    Take("records_hold", _MINE),
    *CONTACT,
    Take("people_client", "t.id = $c"),
)
STEPS = {"contact": CONTACT, "record": RECORD}
