"""Reaching staff, and reminding clients who want it: in-app, web push, text messages, voice calls and e-mail.

Owns: delivery attempts and what physically became of each, troubles of channels, the fixed neutral words.
Announces: AttemptSent, AttemptFailed, ChannelTroubled, ChannelWorks.
Never: decides whom to ask, counts a delivery as an answer, or lets clinical words leave.
"""
