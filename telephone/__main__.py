"""``python -m telephone --port 9000 --smtp-port 9025``: the telephone company of demo and tests."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from telephone.company import DEFAULT_ACCOUNT, DEFAULT_TOKEN
from telephone.running import Wanted, serve


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="telephone", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000, help="0 takes a free one and prints it")
    parser.add_argument("--smtp-port", type=int, default=None, help="also take mail here; 0 takes a free one")
    parser.add_argument("--account", default=os.environ.get("HOLDFAST_TWILIO_SID") or DEFAULT_ACCOUNT)
    parser.add_argument("--token", default=os.environ.get("HOLDFAST_TWILIO_TOKEN") or DEFAULT_TOKEN)
    parser.add_argument("--log", type=Path, default=None, help="append every event to this JSONL file")
    parser.add_argument("--sms-webhook", default="", help="where texts written at a handset are posted")
    parser.add_argument("--public-url", default="", help="Holdfast's public address, as in its webhooks")
    parser.add_argument("--deliver-to", default="", help="where to reach that address, if it is another")
    parser.add_argument("--answered-alone", default="", help="texts with these words are answered by their handset")
    given = parser.parse_args()
    serve(
        Wanted(
            host=given.host,
            port=given.port,
            smtp_port=given.smtp_port,
            account=given.account,
            token=given.token,
            log=given.log,
            settings={
                "sms_webhook": given.sms_webhook,
                "public_url": given.public_url,
                "deliver_to": given.deliver_to,
                "answered_alone": given.answered_alone,
            },
        )
    )


if __name__ == "__main__":
    main()
