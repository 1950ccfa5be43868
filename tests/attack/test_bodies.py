"""Bodies that are no forms: too many fields, other encodings, other types, nothing whole."""

from __future__ import annotations

import json
from typing import Final

import pytest
from django.core.cache import cache

from tests.attack.pages import PAGES, address
from tests.attack.world import WHO, World

BODIES: Final = {
    "nothing": (b"", "application/x-www-form-urlencoded"),
    "10,001 fields": (b"&".join(b"f%d=1" % n for n in range(10_001)), "application/x-www-form-urlencoded"),
    "a megabyte and more": (b"do=" + b"a" * 1_200_000, "application/x-www-form-urlencoded"),
    "not utf-8": (b"do=%ff%fe&name=\xff\xfe&words=%c3%28", "application/x-www-form-urlencoded"),
    "zero bytes": (b"do=%00&name=a%00b&\x00=\x00", "application/x-www-form-urlencoded"),
    "the same field ten times": (b"&".join(b"do=%d" % n for n in range(10)), "application/x-www-form-urlencoded"),
    "json": (json.dumps({"do": ["take"] * 1000}).encode(), "application/json"),
    "deep json": (b"[" * 50_000, "application/json"),
    "xml": (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "text/xml"),
    "a broken multipart": (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"),
    "a multipart without a boundary": (b"--x", "multipart/form-data"),
    "a multipart that says base64": (
        b"--x\r\nContent-Disposition: form-data; name=do\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--",
        "multipart/form-data; boundary=x",
    ),
    "another character set": (b"do=\xe4\xf6", "application/x-www-form-urlencoded; charset=utf-16"),
    "a character set there is none of": (b"do=a", "application/x-www-form-urlencoded; charset=klingon"),
    "no type at all": (b"do=take", ""),
}


@pytest.mark.parametrize("key", sorted(PAGES))
def test_a_body_that_is_no_form_is_refused_in_words(world: World, key: str) -> None:
    here = address(key, world)
    letters = dict(zip(WHO, PAGES[key].outcomes("post"), strict=True))
    who = next((who for who in ("on the team", "director", "Ana", "nobody") if letters[who] == "o"), "nobody")
    for name, (body, kind) in BODIES.items():
        cache.clear()
        answer = world.browser(who).generic("POST", here, body, content_type=kind)
        assert answer.status_code < 500, name
        assert b"root:x:" not in answer.content, name


def test_a_field_that_is_sent_twice_means_neither(world: World) -> None:
    """Of two answers to one question none is taken; the person is asked again."""
    from holdfast.assessment.models import Answer

    world.in_program()
    before = Answer.objects.count()
    token = world.ids["answer"]
    body = b"asked=6&item-6=safe&item-6=not+safe"
    world.browser("form").generic("POST", f"/answer/{token}/", body, content_type="application/x-www-form-urlencoded")
    world.in_program()
    assert Answer.objects.count() == before
