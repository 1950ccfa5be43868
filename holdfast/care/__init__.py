"""Work that is not a crisis but has an owner and a due time.

Owns: tasks, from findings and from risk levels that must be judged again.
Announces: `TaskOpened`, `TaskLate`, `TaskDone`.
Never: lets a task run past its time in silence.
"""
