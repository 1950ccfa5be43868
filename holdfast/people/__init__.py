"""Who is who.

Owns: sign-in names, staff with licences and two contacts, clients with their standing, how they want to be
reached and reminded and whom they named, that they know what we are not, clinicians' risk levels, care teams,
devices that may call for help, who may see whom, and charts that somebody opened with a reason.
Announces: `ContactLost`, `RiskLevelSet`, `StandingChanged`, `ReachingWritten`, `SupporterNamed`, `SupporterEnded`,
`BoundarySigned`, `ChartOpened`, `SecondPersonFound`, `ChartClosedAgain`, `OpeningReviewed`, `OpeningReviewLate`,
`SetUpLookedAt`, and what the set-up changed.
Never: decides whom to page, or reads what a client wrote.
"""
