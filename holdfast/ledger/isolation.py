"""The migration step that puts a table behind the wall of its program.

For every model named: the unique (program, id), composite foreign keys within the program,
row-level security, forced, and the grants of the database roles.
"""

from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation

OWN_PROGRAM = "program_id = nullif(current_setting('holdfast.program', true), '')::bigint"


class Isolate(Operation):
    """Put one model behind the wall.

    `append_only`: web and worker may add and read, not change. `across`: the narrow functions that
    look across programs may read it. `watch`: the watchdog may read it.
    """

    reversible = False
    reduces_to_sql = True

    def __init__(
        self, model: str, *, append_only: bool = False, across: bool = False, watch: bool = False, delete: bool = False
    ) -> None:
        self.model, self.append_only, self.across, self.watch, self.delete = model, append_only, across, watch, delete

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        options = {name: True for name in ("append_only", "across", "watch", "delete") if getattr(self, name)}
        return type(self).__name__, [self.model], options

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model)
        for sql in self.statements(model):
            schema_editor.execute(sql)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        raise NotImplementedError("a wall is not taken down")

    def describe(self) -> str:
        return f"Put {self.model} behind the wall of its program"

    def statements(self, model: Any) -> list[str]:
        table = model._meta.db_table
        rights = "select, insert" + ("" if self.append_only else ", update") + (", delete" if self.delete else "")
        found = [
            f"alter table {table} add constraint {table}_program_id_key unique (program_id, id)",
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy own_program on {table} using ({OWN_PROGRAM}) with check ({OWN_PROGRAM})",
            f"grant {rights} on {table} to holdfast_web, holdfast_worker",
        ]
        for name, wanted in (("across", self.across), ("watchdog", self.watch)):
            if wanted:
                found.append(f"create policy {name} on {table} for select to holdfast_{name} using (true)")
                found.append(f"grant select on {table} to holdfast_{name}")
        found += [self._composite(table, field) for field in model._meta.local_fields if _within(field)]
        return found

    def _composite(self, table: str, field: Any) -> str:
        there = field.remote_field.model._meta.db_table
        return (
            f"alter table {table} add constraint {table}_{field.column}_within "
            f"foreign key (program_id, {field.column}) references {there} (program_id, id)"
        )


def _within(field: Any) -> bool:
    return isinstance(field, models.ForeignKey) and not getattr(field, "db_constraint", True)


def due_function(name: str, table: str, due: str, where: str, order: str = "", or_else: str = "false") -> str:
    """SQL of a narrow function that names due rows of all programs: (program, id), nothing else.

    `or_else` names rows that count as due although their time lies ahead.
    """
    return f"""
    create function {name}(most integer) returns table (program_id bigint, id bigint)
    language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
        select t.program_id, t.id from {table} t
        where ({where}) and ({due} <= holdfast_now() or {or_else})
        order by {order or due} limit most
    $$;
    alter function {name}(integer) owner to holdfast_across;
    revoke all on function {name}(integer) from public;
    grant execute on function {name}(integer) to holdfast_worker;
    """
