"""From the first signal to a safe landing: one owner and one clock.

Owns: episodes, their signals, moves and tries to reach the client; the course of each: steps, notes, decisions,
clocks, questions to colleagues, formulations; and what follows a death.
Announces: every fact of `facts.py`.
Never: closes by itself, calls anyone outside the program by itself, computes a risk level, or lowers an urgency
by itself.

`actions` raises, takes and reaches; `landing` settles and closes; `guide` leads through the protocol; `reach` minds a
client who does not pick up; `handing` asks colleagues; `judging` assesses again; `leaving` ends shifts and standings;
`clocks` rings.
"""
