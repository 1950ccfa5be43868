"""The mail sink: takes every mail over SMTP and shows it in the log."""

from __future__ import annotations

import asyncio
import logging
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from telephone.company import Company, new_sid


def shown_text(message: EmailMessage) -> str:
    """Subject and plain body of a mail, as its reader sees them."""
    body = message.get_body(preferencelist=("plain", "html"))
    words = "\n".join(str(body.get_content()).strip().splitlines()) if body is not None else ""
    return f"{message.get('Subject', '')}\n{words}".strip()


class MailSink:
    """What aiosmtpd asks on each step of a mail."""

    def __init__(self, company: Company) -> None:
        self._company = company

    async def handle_RCPT(  # noqa: N802 (the name is aiosmtpd's)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[Any]
    ) -> str:
        """Refuse an address that is gone; misbehave as the switches say."""
        setting = self._company.switches.of("email", address)
        if "gone" in setting:
            return "550 5.1.1 no such mailbox"
        if "500" in setting:
            return "451 4.3.0 try again later"
        if "hang" in setting:
            await asyncio.Event().wait()
        if "drip" in setting:
            await asyncio.sleep(10 * setting.seconds("drip", 1.0))
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (the name is aiosmtpd's)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take the mail."""
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)  # noqa: S101 (policy.default makes it one)
        token = message.get("Message-ID")
        for address in envelope.rcpt_tos:
            entry = self._company.log.add(
                sid=new_sid("EM"),
                channel="email",
                to=address,
                sender=str(message.get("From", "")),
                text=shown_text(message),
                state="queued",
                token=str(token) if token else None,
            )
            if "accepted_lost" not in self._company.switches.of("email", address):
                self._company.log.move(entry, "delivered")
        return "250 taken"


async def start_mail(company: Company, host: str, port: int) -> tuple[asyncio.Server, int]:
    """Listen for mail in this event loop; the port, since 0 asks for a free one."""
    sink = MailSink(company)
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every command
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(sink, hostname="telephone.company", enable_SMTPUTF8=True), host, port
    )
    return server, int(server.sockets[0].getsockname()[1])
