"""Commands about cases: the same operations as in the chat, in somebody's name, each read and step recorded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import click

from bot.cases.case import Case, Decision, Person, State
from bot.cli.common import app_as, as_option, run_async, settings_of
from bot.cli.show import case_line, case_text
from bot.commands import review
from bot.storage.store import SqlTransaction
from bot.texts import say, say_count
from rules.vocabulary import Role

NOT_CLOSED = frozenset(State) - {State.CLOSED}


@click.command("cases")
@as_option
@click.option("--all", "all_states", is_flag=True, help="Closed cases too.")
@click.pass_context
def list_cases(context: click.Context, key: str, all_states: bool) -> None:
    """List the cases that you may read, the most severe first."""
    settings = settings_of(context)

    async def work() -> None:
        async with app_as(settings, key) as (app, person):
            async with app.store.write() as tx:
                cases = await review.list_cases(tx, person, State if all_states else NOT_CLOSED)
                unchecked = await tx.journal.unchecked(app.school.id)
                undeliverable = await tx.outbox.undeliverable(app.school.id)
            for case in cases:
                click.echo(case_line(case, app.school.timezone.key, person.language))
            if not cases:
                click.echo(say(person.language, "No cases."))
            if unchecked:
                click.echo(
                    say_count(
                        person.language,
                        "{n} message could not be checked yet.",
                        "{n} messages could not be checked yet.",
                        unchecked,
                    )
                )
            if undeliverable:
                click.echo(
                    say_count(
                        person.language,
                        "{n} notice reached nobody: link people to Telegram or give their e-mail address.",
                        "{n} notices reached nobody: link people to Telegram or give their e-mail address.",
                        undeliverable,
                    )
                )

    run_async(work)


@click.group()
def case() -> None:
    """Look at one case and handle it."""


@case.command()
@click.argument("number")
@as_option
@click.pass_context
def show(context: click.Context, number: str, key: str) -> None:
    """Show a case with its evidence and its history."""
    settings = settings_of(context)

    async def work() -> None:
        async with app_as(settings, key) as (app, person):
            async with app.store.write() as tx:
                view = await review.show(tx, person, number)
            click.echo(case_text(view, app.school, person.language))

    run_async(work)


def _step(
    context: click.Context,
    key: str,
    do: Callable[[review.Review, SqlTransaction, Person], Awaitable[Case]],
) -> None:
    settings = settings_of(context)

    async def work() -> None:
        async with app_as(settings, key) as (app, person):
            async with app.store.write() as tx:
                case = await do(app.review, tx, person)
            click.echo(case_line(case, app.school.timezone.key, person.language))

    run_async(work)


@case.command()
@click.argument("number")
@as_option
@click.pass_context
def take(context: click.Context, number: str, key: str) -> None:
    """Take a case: from now on you handle it, and nobody else."""
    _step(context, key, lambda review, tx, person: review.take(tx, person, number))


@case.command()
@click.argument("number")
@click.option("--said", required=True, help="What the other side said.")
@as_option
@click.pass_context
def heard(context: click.Context, number: str, said: str, key: str) -> None:
    """Write down what the person concerned said."""
    _step(context, key, lambda review, tx, person: review.record_hearing(tx, person, number, said))


@case.command()
@click.argument("number")
@click.argument("decision", type=click.Choice([decision.value for decision in Decision]))
@click.option("--reason", required=True, help="Why.")
@click.option("--not-heard-because", help="Why the other side could not be heard; for 'founded' without a hearing.")
@as_option
@click.pass_context
def decide(
    context: click.Context, number: str, decision: str, reason: str, not_heard_because: str | None, key: str
) -> None:
    """Decide a case, with a reason."""
    _step(
        context,
        key,
        lambda review, tx, person: review.decide(tx, person, number, Decision(decision), reason, not_heard_because),
    )


@case.command()
@click.argument("number")
@click.argument("role", type=click.Choice([role.value for role in Role if role is not Role.UNKNOWN]))
@click.option("--reason", required=True, help="Why.")
@as_option
@click.pass_context
def escalate(context: click.Context, number: str, role: str, reason: str, key: str) -> None:
    """Bring a case to a further role."""
    _step(context, key, lambda review, tx, person: review.escalate(tx, person, number, Role(role), reason))


@case.command()
@click.argument("number")
@click.option("--text", required=True, help="The note.")
@as_option
@click.pass_context
def note(context: click.Context, number: str, text: str, key: str) -> None:
    """Add a note to a case."""
    _step(context, key, lambda review, tx, person: review.note(tx, person, number, text))


@case.command()
@click.argument("number")
@click.option("--reason", help="Why; needed for a case without a decision.")
@as_option
@click.pass_context
def close(context: click.Context, number: str, reason: str | None, key: str) -> None:
    """Close a case; what was shown in chats is taken back."""
    _step(context, key, lambda review, tx, person: review.close(tx, person, number, reason))
