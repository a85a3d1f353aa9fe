"""`tactful sinks`: how the sinks of a running gateway are doing, and delivering again what they lack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from tactful_gateway.cli.operating.calls import SinkCalls
from tactful_gateway.cli.operating.following import Aim, StuckError, follow
from tactful_gateway.cli.operating.printing import is_well, print_letters, print_sinks
from tactful_gateway.cli.output.console import make_console, print_json
from tactful_gateway.cli.output.problems import count
from tactful_gateway.cli.publishing.asking import fail
from tactful_gateway.cli.remote.client import Remote, RemoteError
from tactful_gateway.cli.remote.options import GatewayOption, KeyOption, read_key
from tactful_gateway.http.operating.wire import BEGINNING, ReplayReceipt, RetryReceipt, SinkView

SinkArgument = Annotated[str, typer.Argument(metavar="SINK", help="The sink's id.", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
NoWaitOption = Annotated[bool, typer.Option("--no-wait", help="Do not wait until it is done.")]
StartOption = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="SEQ|TIME|beginning",
        help="A sequence of the journal, or a time such as 2026-11-22T09:00:00+08:00.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    sinks = typer.Typer(help="How the sinks of a running gateway are doing, and what they lack.", no_args_is_help=True)
    sinks.command("status")(status)
    sinks.command("replay")(replay)
    sinks.command("dead")(dead)
    sinks.command("retry")(retry)
    sinks.command("forget")(forget)
    app.add_typer(sinks, name="sinks")


def status(
    gateway: GatewayOption,
    names: Annotated[list[str] | None, typer.Argument(metavar="[SINK]...", show_default=False)] = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how sinks are doing, whichever gateway delivers to them.

    Exit code 0 when all of them work and have no dead letters, else 1.
    """
    shown = SinkCalls(Remote(gateway, read_key(key))).some(names or ())
    if as_json:
        print_json({"sinks": msgspec.to_builtins(shown)})
    elif shown:
        print_sinks(shown)
    else:
        make_console().print("There are no sinks: answers stay in the database.")
    if not all(map(is_well, shown)):
        raise typer.Exit(1)


def replay(
    sink: SinkArgument,
    start: StartOption,
    gateway: GatewayOption,
    key: KeyOption = None,
    no_wait: NoWaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Deliver everything from a sequence or a time on again, in order, and wait until the sink has caught up.

    A destination that keeps an event's id once sees nothing twice. What is new comes behind it.

    Exit code 0 when the sink has it all (or with --no-wait); 1 when some of it are dead letters now, or when the sink
    can't go on now: then it goes on by itself.
    """
    begin = _read_start(start)
    calls = SinkCalls(Remote(gateway, read_key(key)))
    receipt = calls.replay(sink, begin)
    total = receipt.last - receipt.first + 1
    aim = Aim(receipt.order, total, lambda found: found.cursor - receipt.first + 1)
    after = None if no_wait else _follow(calls, sink, aim, f"Replaying {sink}", receipt, as_json=as_json)
    refused = 0 if after is None else calls.count_between(sink, receipt.first, receipt.last)
    if as_json:
        _print_json(receipt, after)
    else:
        _print_replayed(sink, receipt, refused, waited=after is not None)
    if refused:
        raise typer.Exit(1)


def _read_start(text: str) -> int | str:
    """Read `--from`: a sequence, `beginning`, or a time with its zone, for nobody can guess whose clock was meant."""
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        moment = None if text == BEGINNING else datetime.fromisoformat(text)
    except ValueError:
        forms = f"a sequence such as 17, a time with its zone such as 2026-11-22T09:00:00+08:00, or {BEGINNING}"
        raise typer.BadParameter(f'--from "{text}" is none of: {forms}') from None
    if moment is not None and moment.tzinfo is None:
        written = moment.isoformat()
        raise typer.BadParameter(f'--from "{text}" has no zone: write {written}Z for UTC, or e.g. {written}+08:00')
    return text


def dead(
    sink: SinkArgument,
    gateway: GatewayOption,
    key: KeyOption = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, oldest first.")] = 20,
    after: Annotated[int, typer.Option(metavar="SEQ", min=0, help="Only those behind this sequence.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Show what could not be delivered to a sink, with the destination's answer; --json has the events, too."""
    page = SinkCalls(Remote(gateway, read_key(key))).letters(sink, limit, after)
    if as_json:
        print_json(msgspec.to_builtins(page))
    elif not page.letters:
        make_console().print(f"{sink} has no dead letters{f' behind {after}' if after else ''}.")
    else:
        print_letters(page.letters)
        if page.next is not None:
            make_console(stderr=True).print(f"There are more: --after {page.next}")


def retry(
    sink: SinkArgument,
    gateway: GatewayOption,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Ids of events; all where none are named.")
    ] = None,
    key: KeyOption = None,
    no_wait: NoWaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Try dead letters again, and at once what waits for its next try; a stopped sink starts again.

    Waits for these, and for nothing that comes behind them.

    Exit code 0 when all of them arrived (or with --no-wait); 1 when some are dead again, when an id is none of a dead
    letter, or when the sink can't go on now: then it goes on by itself.
    """
    calls = SinkCalls(Remote(gateway, read_key(key)))
    (before,) = calls.some([sink])
    receipt = calls.retry(sink, ids or [])
    held_up = before.attempts > 0 or before.state == "stopped"
    aim = Aim(receipt.order, receipt.letters + held_up, lambda now: _dealt(before, now, receipt, held_up=held_up))
    after = None if no_wait else _follow(calls, sink, aim, f"Retrying {sink}", receipt, as_json=as_json)
    again = 0 if after is None else _dead_again(calls, before, after, receipt, ids or [])
    if as_json:
        _print_json(receipt, after)
    else:
        _print_retried(sink, receipt, again, waited=after is not None, held_up=held_up)
    if receipt.unknown or again:
        raise typer.Exit(1)


def forget(
    sink: SinkArgument,
    gateway: GatewayOption,
    key: KeyOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Forget a sink that is in no survey folder any more: the journal is not kept for it then. It can't be undone."""
    calls = SinkCalls(Remote(gateway, read_key(key)))
    console = make_console(stderr=as_json)
    if not yes:
        calls.refuse_served(sink)
        console.print(f"{sink} will never get what it has not got yet; its dead letters go. It can't be undone.")
        typer.confirm("Forget it?", abort=True, err=as_json)
    receipt = calls.forget(sink)
    if as_json:
        print_json(msgspec.to_builtins(receipt))
    else:
        console.print(f"{sink} is forgotten, with {count(receipt.letters, 'dead letter')}.", style="bold green")


def _dealt(before: SinkView, now: SinkView, receipt: RetryReceipt, *, held_up: bool) -> int:
    """Give how many letters are dealt with, and with them the event, if there was one, that held up the others."""
    got_through = held_up and (now.cursor > before.cursor or now.pending == now.asked)
    return max(0, receipt.letters - now.asked) + got_through


def _dead_again(calls: SinkCalls, before: SinkView, after: SinkView, receipt: RetryReceipt, ids: Sequence[str]) -> int:
    """Give how many letters are dead again; those that have only died since are none of them."""
    if not after.dead:
        return 0
    if not ids:
        oldest = calls.letters(before.id, 1, 0).letters
        return after.dead if oldest and oldest[0].seq <= before.cursor else 0
    # The numbers tell of these letters alone where nothing else came to be dead, or ceased to be.
    gone = before.dead - after.dead - after.asked
    nothing_else = after.cursor == before.cursor or gone == receipt.letters
    if nothing_else and not before.asked and after.erased == before.erased:
        return receipt.letters - gone
    return calls.count_among(before.id, set(ids))  # looks at each: with 100,000 letters that takes most of a minute


def _print_replayed(sink: str, receipt: ReplayReceipt, refused: int, *, waited: bool) -> None:
    console, told = make_console(), f"from {receipt.first} to {receipt.last}"
    if not waited:
        console.print(f"{sink} is replayed {told}: see tactful sinks status {sink}.")
    elif refused:
        many = count(refused, "dead letter")
        console.print(f"{sink} was replayed {told}, with {many}: see tactful sinks dead {sink}.", style="bold red")
    else:
        console.print(f"{sink} was replayed {told}.", style="bold green")


def _print_retried(sink: str, receipt: RetryReceipt, again: int, *, waited: bool, held_up: bool) -> None:
    console = make_console()
    for unknown in receipt.unknown:
        console.print(f"{sink} has no dead letter {unknown}", style="yellow")
    many = count(receipt.letters, "dead letter")
    if not waited:
        console.print(f"{many} of {sink} to be tried again: see tactful sinks status {sink}.")
    elif again:
        console.print(f"{many} tried again; {again} dead now: see tactful sinks dead {sink}.", style="bold red")
    elif receipt.letters:
        console.print(f"{many} tried again, and all arrived.", style="bold green")
    elif not receipt.unknown:
        told = "no dead letters; what waited for its next try has got through" if held_up else "no dead letters"
        console.print(f"{sink} has {told}.", style="bold green")


def _follow(
    calls: SinkCalls, sink: str, aim: Aim, what: str, receipt: ReplayReceipt | RetryReceipt, *, as_json: bool
) -> SinkView:
    aside = make_console(stderr=True)
    try:
        return follow(lambda: calls.look(sink), aim, aside, what)
    except (StuckError, RemoteError) as error:
        if as_json:
            _print_json(receipt, None)
        fail(str(error))
    except KeyboardInterrupt:
        _leave(aside, sink)


def _leave(aside: Any, sink: str) -> NoReturn:
    aside.print(f"It goes on by itself: see tactful sinks status {sink}.")
    raise typer.Exit(130)


def _print_json(receipt: ReplayReceipt | RetryReceipt, after: SinkView | None) -> None:
    print_json({**msgspec.to_builtins(receipt), "sink": msgspec.to_builtins(after)})
