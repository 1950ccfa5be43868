"""The account of one's own data: copies, corrections, closing, how long things are kept, and what goes.

Owns: copies that were handed out, requests to correct, closings, legal holds, approved deletions.
Announces: every fact of `facts.py`.
Never: deletes what a director has not approved or what the law still asks to be kept, hands out another person's
words, or closes an account while a crisis or its next contact is open.

`offers` says what a copy holds, one function a module; `register` names every table that holds a client; `asking`
corrects, `closing` closes, `keeping` reads how long, `going` deletes.
"""
