"""From the first signal to a safe landing: one owner and one clock.

Owns: episodes, their signals, moves and tries to reach the client.
Announces: `EpisodeRaised`, `SignalJoined`, `EpisodeTaken`, `EpisodeGivenBack`, `TryLogged`,
`ClientReached`, `EpisodeSettled`, `EpisodeClosed`.
Never: closes by itself, calls anyone outside the program by itself, or lowers an urgency by itself.
"""
