"""E-mail: a neutral sentence and a link that only opens the page. Nothing can be answered by mail."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formataddr
from functools import cached_property
from urllib.parse import unquote, urlsplit

from holdfast.notify.channels.base import READ_S, Batch, Outside, Result, failed, refused
from holdfast.notify.rules import News, short_message

GONE_CODES = range(550, 560)
# Refusals of the sender or of the moment, not of this mailbox.
NOT_THE_MAILBOX = (552, 554)


class Email:
    """One mail over one connection."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._server = urlsplit(outside.smtp_url)

    def send(self, batch: Batch) -> Result:
        """Write the mail and hand it over."""
        words = short_message(batch.items)
        text = f"{words}\n\n{self._outside.link(batch.items)}\n"
        return self.post(batch.address, words, text, sender=batch.sender, token=batch.token)

    def post(self, address: str, subject: str, text: str, *, sender: str, token: str) -> Result:
        """Hand over a mail that is written already. A server that knows the token takes it for the same mail."""
        if not self._server.hostname:
            return failed("no mail server")
        try:
            message = self._message(address, subject, text, sender, token)
            with self._connect() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refusal:
            code = next(iter(refusal.recipients.values()))[0]
            if code in GONE_CODES and code not in NOT_THE_MAILBOX:
                return refused(code, "no such mailbox")
            return failed(f"refused {code}", carrier=False)
        except smtplib.SMTPResponseException as refusal:
            return failed(f"{type(refusal).__name__} {refusal.smtp_code}")
        except (smtplib.SMTPNotSupportedError, ValueError) as problem:  # of this one mail, not of the carrier
            return failed(type(problem).__name__, carrier=False)
        except (smtplib.SMTPException, OSError) as problem:
            return failed(type(problem).__name__)
        return Result(News.SENT, provider_state="accepted")

    @cached_property
    def _safe(self) -> ssl.SSLContext:
        """Reading every known authority takes longer than a send, so it is done once."""
        return ssl.create_default_context()

    def _connect(self) -> smtplib.SMTP:
        host, port = self._server.hostname or "", self._server.port or 0
        if self._server.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=READ_S, context=self._safe)
        else:
            server = smtplib.SMTP(host, port, timeout=READ_S)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=self._safe)
        if self._server.username:
            server.login(unquote(self._server.username), unquote(self._server.password or ""))
        return server

    def _message(self, address: str, subject: str, text: str, sender: str, token: str) -> EmailMessage:
        message = EmailMessage()
        host = urlsplit(self._outside.public_url).hostname or "localhost"
        message["Subject"] = subject
        message["From"] = formataddr((sender, self._outside.mail_from))
        message["To"] = address
        message["Message-ID"] = f"<{token}@{host}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message
