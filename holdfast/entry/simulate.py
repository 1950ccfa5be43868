"""`holdfast simulate`: the made-up world on the command line. What is printed depends on the seed alone; speed is told aside."""

import json
import sys
import time

import click

from holdfast.measures.simulation.faults import FAULTS
from holdfast.measures.simulation.run import simulate


def run(clients: int, days: int, seed: int, *, as_json: bool, fault: str | None) -> int:
    """0 where every promise was kept, 1 where one was broken."""
    if fault == "list":
        for name, each in FAULTS.items():
            click.echo(f"{name}: {each.what} ({each.breaks})")
        return 0
    if fault is not None and fault not in FAULTS:
        raise click.BadParameter(f"there is no fault {fault[:40]!r}; `--fault list` names all.", param_hint="--fault")
    began = time.process_time()
    report = simulate(
        clients, days, seed, decisions=FAULTS[fault].decisions if fault else None, progress=_Progress(clients)
    )
    used = time.process_time() - began
    if as_json:
        click.echo(json.dumps(report.shown(), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(report.lines()))
    click.echo(f"{clients * days / used:,.0f} client-days a second of processor time; {used:.1f} s in all.", err=True)
    return 0 if report.holds else 1


class _Progress:
    """Says how far it is, where somebody looks: on one line of standard error, never in what is printed."""

    def __init__(self, clients: int) -> None:
        self.clients = clients
        self.watched = sys.stderr.isatty()

    def __call__(self, done: int) -> None:
        if self.watched:
            click.echo(f"\r{done:,} of {self.clients:,} clients", nl=done >= self.clients, err=True)
