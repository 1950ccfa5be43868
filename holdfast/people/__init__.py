"""Who is who.

Owns: sign-in names, staff with licences and two contacts, clients with their standing, care teams,
devices that may call for help, and who may see whom.
Announces: `ContactLost`, `StandingChanged`.
Never: decides whom to page, or reads what a client wrote.
"""
