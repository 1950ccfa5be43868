"""The hard limit of a send, whatever the other side does."""

import threading
from uuid import uuid4

import pytest

from holdfast.notify import courier
from holdfast.notify.channels.base import Batch, Result
from holdfast.notify.courier import LEFT_BEHIND, Courier
from holdfast.notify.rules import News

BATCH = Batch(uuid4(), uuid4(), "JP Desk", "+15205550102", ())
WELL = Result(News.SENT, provider_id="SM1")


class Adapter:
    """Hangs until it is let go, on the first send only."""

    def __init__(self, hangs: bool) -> None:
        self.hangs = hangs
        self.go = threading.Event()
        self.threads: list[str] = []

    def send(self, batch: Batch) -> Result:
        self.threads.append(threading.current_thread().name)
        if self.hangs:
            self.go.wait(10)
        return WELL


def test_a_send_that_answers_is_the_result():
    adapter = Adapter(hangs=False)
    helper = Courier(lambda: adapter)
    assert helper.send(BATCH) == WELL
    assert helper.send(BATCH) == WELL
    helper.close()


def test_a_send_that_hangs_is_left_behind_and_the_next_one_is_not():
    """H: a carrier that never answers must not hold up the others."""
    slow, quick = Adapter(hangs=True), Adapter(hangs=False)
    made = iter([slow, quick])
    helper = Courier(lambda: next(made), deadline_s=0.05)
    before = LEFT_BEHIND.hanging
    result = helper.send(BATCH)
    assert (result.news, result.carrier_trouble) == (News.FAILED, True)
    assert LEFT_BEHIND.hanging == before + 1
    assert Courier(lambda: quick, deadline_s=5).send(BATCH) == WELL
    slow.go.set()


def test_too_many_hanging_sends_begin_no_more(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(courier, "MOST_LEFT_BEHIND", LEFT_BEHIND.hanging)
    adapter = Adapter(hangs=False)
    result = Courier(lambda: adapter).send(BATCH)
    assert (result.news, result.error) == (News.FAILED, "too many sends hang")
    assert adapter.threads == []


def test_an_adapter_that_breaks_is_a_failed_send():
    class Broken:
        def send(self, batch: Batch) -> Result:
            raise RuntimeError("broken")

    assert Courier(Broken).send(BATCH).error == "RuntimeError"


def test_an_adapter_that_cannot_be_made_is_a_failed_send():
    def make() -> Adapter:
        raise ValueError("no settings")

    helper = Courier(make)
    assert helper.send(BATCH).error == "ValueError"
    assert helper.send(BATCH).news is News.FAILED
    helper.close()


def test_what_is_told_with_one_more_goes_under_another_token():
    """H: a sender that died between sending and marking must not hide a newer page behind the older one's token."""
    first, second, program = uuid4(), uuid4(), uuid4()
    alone = Batch(first, program, "JP Desk", "+15205550102", ())
    both = Batch(first, program, "JP Desk", "+15205550102", (), (second,))
    turned = Batch(second, program, "JP Desk", "+15205550102", (), (first,))
    assert alone.token == first.hex
    assert both.token == turned.token != alone.token
