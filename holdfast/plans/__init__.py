"""Safety plans.

Owns: safety plans in versions, with the people in them.
Announces: `PlanWritten`.
Never: changes what was written: a change is a new version. Never copies anybody's published form.
"""
