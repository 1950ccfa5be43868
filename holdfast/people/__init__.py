"""Who is who.

Owns: sign-in names, staff with licences and two contacts, clients with their standing, care teams,
devices that may call for help, clinicians' risk levels, who wants to be reminded, and who may see whom.
Announces: `ContactLost`, `RiskLevelSet`, `StandingChanged`.
Never: decides whom to page, or reads what a client wrote.
"""
