"""Links that set a password. Knows Django alone: allauth looks for it while it is itself being loaded."""

from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator


class LinkTokens(PasswordResetTokenGenerator):
    """Once, for three days, and void as soon as a newer one is sent or it is taken back."""

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}|{user.links}"
