"""What clients tell us, and what it means.

Owns: forms and answers, item by item; findings of the rules; calls for help; a stranger's and a colleague's concern;
silence that is noticed, and reminders; how a client has been over time.
Announces: `AnswersSaved`, `CalmAnswersSaved`, `HelpAsked`, `ConcernReceived`, `ReminderDue`, `RiskFound`.
Never: says "received" before the commit, drops an answer it cannot judge, or pages anybody itself.
"""
