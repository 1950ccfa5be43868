"""Who answers now, and seeking a human until one does.

Owns: rotas, shifts, overrides, escalation policies, pagings and the pages they send; seeks a human
for any reason (what, id).
Announces: `PagingStarted`, `TurnTaken`, `CoverMissing`, `PageAnswered`, `PagingStopped`.
Never: ends a paging because it ran out of people, or knows what the page is about.
"""
