"""The team's pages: the board, a crisis, the rota, tasks, one's own contacts.

Owns: what staff see and press.
Announces: nothing itself; every press is one action of the module it is about.
Never: decides; a refusal is the sentence of the module that refused.
"""
