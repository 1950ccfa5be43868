"""The telephone company: a small separate program that stands in for the outside world.

Owns: the parts of Twilio's interface that Holdfast uses (messages, calls, signed webhooks), a web push
endpoint, a mail sink, and the simulated handsets behind them, all over real HTTP and SMTP, all in memory.
Announces: signed receipts, replies and digits, posted to Holdfast's webhooks as a real carrier would.
Never: imports Holdfast, reaches a real network, or runs where real people are paged.
"""
