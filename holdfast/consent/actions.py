"""The only writer of consent. Every action needs the open transaction of a scope."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from holdfast.consent.facts import ConsentGiven, ConsentTakenBack, Told, ToldLookedAt
from holdfast.consent.models import Consent, Disclosure
from holdfast.consent.papers import is_like, why_not_a_name, why_not_record, why_not_sign
from holdfast.consent.queries import may_message, stand_of
from holdfast.consent.words import Answer, EndedBy, Field, How, Info, Kind, Notice, Recipient, Say
from holdfast.content.consents import consent_text
from holdfast.ledger.record import record
from holdfast.ledger.sealed import readable
from holdfast.people import rating
from holdfast.people.facts import StandingChanged
from holdfast.people.models import Client, ReminderWish, Staff, Supporter
from holdfast.people.queries import reminder_wish
from holdfast.people.rating import end_reminders
from holdfast.people.rules import ReminderBy, Standing

TWICE: Final = timedelta(minutes=5)  # the same again within this time is the same press
TREATMENT_ENDED: Final = "Treatment here ended."


class NotComplete(ValueError):
    """Something is still missing. `field` is where; the words say what."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class TextChanged(NotComplete):
    """They read another version of the text than the one that is signed now."""

    def __init__(self) -> None:
        super().__init__("version", "The text has changed since you opened this page. Read it again, then sign.")


class StandsOtherwise(NotComplete):
    """It was signed or taken back elsewhere since the page was opened: asked once more, against how it stands now."""

    def __init__(self) -> None:
        super().__init__(
            "stands", "This was changed since you opened the page. Look at how it stands now, then press again."
        )


class OtherName(NotComplete):
    """They signed with a name that is nothing like the one on record: asked once more, since names change."""

    def __init__(self) -> None:
        super().__init__("other_name", "This is not the name on record. Press again to keep it all the same.")


def agree(
    client: Client,
    kind: Kind,
    *,
    scopes: Collection[str],
    signature: str,
    how: How,
    language: str,
    now: datetime,
    supporter: Supporter | None = None,
    witness: Staff | None = None,
    by: Staff | None = None,
    guardian: str = "",
    read: str | None = None,
    sure: str | None = None,
    stood: str | None = None,
) -> Consent:
    """A client agreed to the newest text of this kind. What they agreed to before stays as it is; the newest counts.

    `witness` saw or heard it and `by` wrote it down, where they did not sign in the app; it may be the same person. `read`: the version that stood on the page they signed, and `sure`: the name of which they
    were asked whether it is theirs; `stood`: how it stood on that page (`queries.stand_of`); None where no page was signed.
    """
    signature, guardian = (" ".join(name.split()) for name in (signature, guardian))
    text = consent_text(kind)
    if read is not None and read != str(text.version):
        raise TextChanged
    if text.not_asked is not None:
        raise NotComplete("kind", "There is nothing to sign here.")
    no = why_not_sign(kind, scopes, [one.id for one in text.scopes], signature, how)
    if no:
        raise NotComplete("scopes" if "ick" in no else "how" if "writing" in no else "signature", no)
    if guardian and (no := why_not_a_name(guardian)):
        raise NotComplete("guardian", no)
    _check_who(kind, how, supporter, witness, by)
    locked = Client.objects.select_for_update(no_key=True).get(id=client.id)
    if locked.standing == Standing.DIED:
        raise NotComplete("signature", "They have died: nothing can be signed in their name.")
    if supporter is not None and not Supporter.objects.filter(id=supporter.id, client=client, ended_at=None).exists():
        raise NotComplete("supporter", "That person is not on the list any more.")
    names = (readable(locked, "name"), readable(locked, "preferred_name"))
    if sure is not None and signature and " ".join(sure.split()) != signature and not is_like(signature, names):
        raise OtherName
    row = Consent(
        program_id=client.program_id,
        client=client,
        kind=kind,
        supporter=supporter,
        scopes=sorted(set(scopes)),
        version=str(text.version),
        language=language,
        how=how,
        signature=signature or None,
        guardian=guardian or None,
        witness=witness,
        by=by,
        at=now,
        expires_at=now + timedelta(days=text.lasts_days) if text.lasts_days else None,
    )
    last = _newest(client, kind, supporter)
    if last is not None and last.revoked_at is None and now - last.at < TWICE and _says(last) == _says(row):
        return last
    if stood is not None and stood != stand_of(last):
        raise StandsOtherwise
    row.save()
    who = by.id if by else None
    record(ConsentGiven(program=client.program_id, client=client.id, consent=row.id, kind=kind, how=how, by=who), now)
    return row


def _check_who(kind: Kind, how: How, supporter: Supporter | None, witness: Staff | None, by: Staff | None) -> None:
    if how is not How.IN_APP and witness is None:
        raise NotComplete("witness", "Say who saw or heard it.")
    if (how is How.IN_APP) != (by is None):
        raise NotComplete("how", "Say how they agreed: in the app by themselves, or written down by somebody for them.")
    if (kind is Kind.SUPPORTER) != (supporter is not None):
        raise NotComplete("supporter", "Say which person this is about.")


def _newest(client: Client, kind: str, supporter: Supporter | None) -> Consent | None:
    return Consent.objects.filter(client=client, kind=kind, supporter=supporter).order_by("-at", "-id").first()


def _says(row: Consent) -> tuple[object, ...]:
    return (row.scopes, row.version, row.language, row.how, row.signature, row.guardian, row.witness_id)


def take_back(consent: Consent, by: Staff | None, why: str, now: datetime) -> None:
    """The client takes this one back. Nothing else changes. Taken back already, it stays as it was.

    One that a newer one replaced is not taken back: they mean what counts now, and see that one first.
    """
    if Client.objects.select_for_update(no_key=True).get(id=consent.client_id).standing == Standing.DIED:
        raise NotComplete("consent", "They have died: nothing is taken back in their name.")
    if _newest(consent.client, consent.kind, consent.supporter) != consent:
        raise StandsOtherwise
    _end(consent, by, why, EndedBy.TAKEN_BACK, now)


def _end(consent: Consent, by: Staff | None, why: str, ended_by: EndedBy, now: datetime) -> None:
    row = Consent.objects.select_for_update(no_key=True).get(id=consent.id)
    if row.revoked_at is not None:
        return
    row.revoked_at, row.revoked_by, row.revoked_why = now, by, why.strip() or None
    row.save(update_fields=["revoked_at", "revoked_by", "revoked_why"])
    record(
        ConsentTakenBack(
            program=row.program_id,
            client=row.client_id,
            consent=row.id,
            kind=row.kind,
            by=by.id if by else None,
            why=ended_by,
        ),
        now,
    )


def treatment_ended(fact: StandingChanged, now: datetime) -> None:
    """The consent for records of substance use care holds until treatment here ends. A return asks for it anew."""
    if fact.standing in (Standing.DISCHARGED, Standing.DIED):
        for row in Consent.objects.filter(client_id=fact.client, kind=Kind.PART_2, revoked_at=None):
            _end(row, None, TREATMENT_ENDED, EndedBy.TREATMENT_ENDED, now)


def messages_heeded(fact: ConsentGiven | ConsentTakenBack, now: datetime) -> None:
    """Reminders keep to the newest consent to messages. Whoever never said anything about messages keeps theirs."""
    if fact.kind != Kind.MESSAGES:
        return
    wish = reminder_wish(fact.client)
    if wish is not None and not may_message(fact.client, wish.by):
        end_reminders(fact.client, "they agreed to no such messages any more", now)


def wish_reminders(client: Client, by: ReminderBy, address: str, now: datetime, recorded_by: Staff) -> ReminderWish:
    """Somebody of the team writes down how they want to be reminded: never against their own newest word on messages."""
    Client.objects.select_for_update(no_key=True).get(id=client.id)  # it may be taken back this moment
    if not may_message(client.id, by):
        raise NotComplete(
            "by",
            "They took back that we may write to them this way, or did not tick it. They agree to messages anew first.",
        )
    return rating.wish_reminders(client, by, address, now, recorded_by)


@dataclass(frozen=True)
class Telling:
    """What somebody of the staff told somebody outside."""

    recipient: Recipient
    information: tuple[Info, ...]
    words: str
    said: Mapping[Field, str]
    notice_given: bool
    at: datetime
    supporter: Supporter | None = None


def told(client: Client, telling: Telling, answer: Answer, by: Staff, now: datetime, uid: UUID) -> Disclosure:
    """Write down what was told. It happened, so it is kept against a no as well; those who lead see that one."""
    Client.objects.select_for_update(no_key=True).get(id=client.id)  # of two presses at once the second sees the first
    before = Disclosure.objects.filter(uid=uid, client=client).first()
    if before is not None:
        return before
    if not telling.information:
        raise NotComplete("about", "Say what it was about.")
    missing = why_not_record(answer, telling.said, telling.words)
    if missing:
        raise NotComplete(*missing)
    if telling.at > now:
        raise NotComplete("at", "That time is still to come. Write when it was told.")
    needs_notice = answer.notice is Notice.PART_2
    row = Disclosure.objects.create(
        program_id=client.program_id,
        uid=uid,
        client=client,
        recipient=telling.recipient,
        supporter=telling.supporter,
        name=telling.said.get(Field.RECIPIENT, ""),
        affiliation=telling.said.get(Field.AFFILIATION) or None,
        information=[one.value for one in telling.information],
        words=telling.words,
        answer=answer.say,
        ground=answer.ground,
        consent_id=answer.consent,
        nature=telling.said.get(Field.NATURE) or None,
        belief=telling.said.get(Field.BELIEF) or None,
        facts=telling.said.get(Field.FACTS) or None,
        notice=("given" if telling.notice_given else "not_given") if needs_notice else "not_needed",
        by=by,
        at=telling.at,
        written_at=now,
    )
    record(
        Told(
            program=client.program_id,
            client=client.id,
            disclosure=row.id,
            recipient=telling.recipient,
            ground=answer.ground,
            answer=answer.say,
            by=by.id,
        ),
        now,
    )
    return row


def look_at(disclosure: Disclosure, by: Staff, now: datetime) -> None:
    """Somebody who leads has seen what was told against a no. Never whoever told it themselves."""
    row = Disclosure.objects.select_for_update(no_key=True).get(id=disclosure.id)
    if row.by_id == by.id:
        raise NotComplete("told", "You told this yourself: somebody else who leads looks at it.")
    if row.answer != Say.NO or row.seen_at is not None:
        return
    row.seen_at, row.seen_by = now, by
    row.save(update_fields=["seen_at", "seen_by"])
    record(ToldLookedAt(program=row.program_id, client=row.client_id, disclosure=row.id, by=by.id), now)
