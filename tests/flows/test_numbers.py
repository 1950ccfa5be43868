"""The numbers of the whole, as Prometheus reads them: every process counted, and nobody's words among them."""

import httpx

from tests.flows.night import Night


def _numbers(night: Night) -> dict[str, float]:
    answer = httpx.get(f"http://127.0.0.1:{night.stack.web_port}/metrics", timeout=20)
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
    assert "Ana" not in answer.text
    assert "Cal" not in answer.text
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_a_crisis_is_seen_in_the_numbers_of_all_processes_together(night: Night) -> None:
    before = _numbers(night)
    night.ana.answers("6", "not safe")
    night.cal.text()
    after = _numbers(night)
    assert (before['holdfast_crises_open{state="raised"}'], after['holdfast_crises_open{state="raised"}']) == (0, 1)
    posts = 'holdfast_request_seconds_count{method="POST",page="token",status="3xx"}'
    assert after[posts] == before.get(posts, 0) + 1
    assert max(after[f'holdfast_seen_seconds{{who="{who}"}}'] for who in ("worker", "watchdog")) < 60
    assert after['holdfast_promise_holds{promise="someone_is_always_sought"}'] == 1


def test_whoever_comes_through_a_proxy_finds_no_numbers(night: Night) -> None:
    said = httpx.get(
        f"http://127.0.0.1:{night.stack.web_port}/metrics", headers={"X-Forwarded-For": "203.0.113.9"}, timeout=20
    )
    assert (said.status_code, said.text) == (404, "")
