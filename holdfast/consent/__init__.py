"""What clients agreed to, whom we may tell what, and who was told.

Owns: consents with their revocation, the answer to "may I tell X about Y, now, and on what ground?", disclosures made.
Announces: `ConsentGiven`, `ConsentTakenBack`, `Told`.
Never: holds up help or a check-in because something was not agreed to. Never changes one consent because of another.
"""
