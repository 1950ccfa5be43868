"""What clients tell us, and what it means.

Owns: forms and answers, item by item; findings of the rules; calls for help; a stranger's concern.
Announces: `AnswersSaved`, `CalmAnswersSaved`, `HelpAsked`, `ConcernReceived`, `RiskFound`.
Never: says "received" before the commit, drops an answer it cannot judge, or pages anybody itself.
"""
