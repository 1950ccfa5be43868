"""Ciphers of signing in: keys derived from the secret key, one for each purpose.

Not from the envelope keys: their file may be away, and whoever is on call must still get in.
"""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def cipher(purpose: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, None, purpose).derive(settings.SECRET_KEY.encode()))
