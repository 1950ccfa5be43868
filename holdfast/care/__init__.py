"""Work that is not a crisis but has an owner and a due time.

Owns: tasks.
Announces: `TaskOpened`, `TaskLate`, `TaskDone`.
Never: lets a task run past its time in silence.
"""
