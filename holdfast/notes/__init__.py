"""A clinician's own notes on a client (psychotherapy notes, 45 CFR 164.501), kept apart from the chart.

Owns: own notes, each in versions.
Announces: `OwnNoteWritten`.
Never: shows a note to anybody but its author. Nothing but the author's own page imports this module; a house test holds it.
"""
