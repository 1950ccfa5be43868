"""What a program has approved of its clinical content, which packs it may use, and its own copies of protocols.

Owns: approvals (who, when, which bytes), attestations of licences, wordings that a licence holder loaded, copies.
Announces: `ContentApproved`, `ContentConfirmed`, `ApprovalEnded`, `PackAttested`, `PackRevoked`, `WordingLoaded`,
`CopySent`.
Never: changes a file of `clinical/`; lets one person approve alone; forgets who approved what.
"""
