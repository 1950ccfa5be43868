"""Where machines call us: the carrier's webhooks, and whoever asks whether we stand.

Owns: the addresses, the check of who calls, the one transaction of each call.
Announces: nothing itself.
Never: believes an unsigned call, answers a carrier with an error page.
"""
