"""What `klasveilig doctor` looks at: everything that must be right before a school can rely on the bot."""

from __future__ import annotations

from bot.adapters.telegram.connection import connected
from bot.adapters.telegram.rights import Observation
from bot.adapters.telegram.rights import examine as examine_telegram
from bot.bootstrap import App, opened, own_thresholds_of
from bot.cli.questions import PLATFORM_AGE
from bot.detection import load_classifier
from bot.executor import InlineExecutor
from bot.keyring import KeyRingError
from bot.settings import Settings
from bot.stores import ClosedStore
from bot.texts import say_date
from models.detoxify.files import DetoxifyError
from rules.protocols import load_own_thresholds
from rules.vocabulary import Phrase, phrase


async def examine(settings: Settings) -> list[Observation]:
    """Return what was found, in the order in which it is best put right."""
    found = [
        Observation("good", phrase("The settings in {path} can be read.", path=str(settings.path))),
        *_ages(settings),
    ]
    try:
        async with opened(settings, executor=InlineExecutor()) as app:
            found.append(
                Observation("good", phrase("The keys fit the database, and what is stored is on disk for sure."))
            )
            if not app.keyring.can_rotate:
                found.append(
                    Observation(
                        "limit",
                        phrase("Keys come from the environment, so the journal's key is not renewed each day."),
                    )
                )
            found += await _people(app)
            found += _shadow(app)
            found += _own_thresholds(settings)
            found += await _waiting(app)
            found += await _telegram(app)
    except KeyRingError as error:
        found.append(Observation("problem", error.text))
    except ClosedStore as error:
        found.append(Observation("problem", phrase("The database: {problem}", problem=str(error))))
    return [*found, _detoxify(settings)]


def _detoxify(settings: Settings) -> Observation:
    folder = settings.detoxify_folder
    if folder is None:
        return Observation("limit", phrase("Detoxify is off: the Dutch model and the rules decide alone."))
    try:
        load_classifier(folder)
    except DetoxifyError as error:
        return Observation("problem", error.text)
    return Observation("good", phrase("Detoxify is on, and is weighed with the Dutch model."))


def _ages(settings: Settings) -> list[Observation]:
    youngest = settings.school.youngest_pupil
    if youngest >= PLATFORM_AGE or not settings.telegram.enabled:
        return []
    return [
        Observation(
            "limit",
            phrase(
                "Pupils from {youngest} may not be on Telegram, which asks for {age} years. Use chat exports for their "
                "class, and ask your privacy officer before pupils of any age are on it.",
                youngest=str(youngest),
                age=str(PLATFORM_AGE),
            ),
        )
    ]


async def _people(app: App) -> list[Observation]:
    async with app.store.read() as tx:
        unreachable = [
            person.name for person in await tx.people.staffed(app.school.id) if not await tx.people.contacts(person.id)
        ]
    found = [Observation("problem", _unreachable(name)) for name in unreachable]
    if not found:
        found.append(Observation("good", phrase("Everybody who handles cases can be reached.")))
    found.append(
        Observation(
            "good",
            phrase(
                "Each handler gets at most {n} notices of concerns a week one by one; the rest comes in one message "
                "on the next working day. What is serious or acute always comes at once.",
                n=str(app.school.concerns_per_week),
            ),
        )
    )
    if app.settings.mail is None:
        found.append(
            Observation("limit", phrase("There is no [mail]: notices by e-mail and the weekly summary are not sent."))
        )
    return found


def _shadow(app: App) -> list[Observation]:
    """Say whether the shadow month runs, and what goes its normal way in it."""
    shadow = app.settings.shadow
    if shadow is None:
        return []
    language = app.school.language
    name = next(person.name for person in app.settings.person if person.key == shadow.shown_to)
    if app.clock().astimezone(app.school.timezone).date() > shadow.until:
        over = phrase(
            "The shadow month ended on {day}: flags go their normal way. What was flagged in it stays with {name}.",
            day=say_date(language, shadow.until),
            name=name,
        )
        return [Observation("good", over)]
    running = phrase(
        "It is the shadow month, up to and including {day}: flags are shown to {name}, and nobody else is told. Only "
        "signs of distress, urging of self-harm, sexual matters and what is acute go their normal way, and reports.",
        day=say_date(language, shadow.until),
        name=name,
    )
    return [Observation("limit", running)]


def _own_thresholds(settings: Settings) -> list[Observation]:
    path = own_thresholds_of(settings)
    count = len(list(load_own_thresholds(path).items()))
    if not count:
        return []
    said = phrase("Thresholds of your own in place of the protocol's: {n}, in {path}.", n=str(count), path=str(path))
    return [Observation("good", said)]


def _unreachable(name: str) -> Phrase:
    return phrase(
        "{name} cannot be reached. Give an e-mail address, or link Telegram: klasveilig code --person KEY.", name=name
    )


async def _waiting(app: App) -> list[Observation]:
    async with app.store.read() as tx:
        unchecked = await tx.journal.unchecked(app.school.id)
        undeliverable = await tx.outbox.undeliverable(app.school.id)
        broken = await tx.audit.first_broken(app.school.id)
    found = []
    if unchecked:
        found.append(
            Observation("problem", phrase("{n} messages could not be checked yet; see the log.", n=str(unchecked)))
        )
    if undeliverable:
        found.append(
            Observation("problem", phrase("{n} notices reached nobody; see the people above.", n=str(undeliverable)))
        )
    if broken is not None:
        found.append(
            Observation(
                "problem",
                phrase("The audit log was changed at row {row}. Find out who had the database.", row=str(broken)),
            )
        )
    return found


async def _telegram(app: App) -> list[Observation]:
    telegram, token = app.settings.telegram, app.settings.secrets.telegram_token
    if not telegram.enabled:
        return [Observation("limit", phrase("Telegram is off: only chat exports are checked."))]
    if token is None:
        return [Observation("problem", phrase("There is no Telegram token. Put KLASVEILIG_TELEGRAM_TOKEN in .env."))]
    async with app.store.read() as tx:
        chats = [chat.id for chat in await tx.people.chats(app.school.id) if chat.platform == "telegram"]
    async with connected(token.get_secret_value(), telegram.base_url) as bot:
        return await examine_telegram(bot, chats, polling=telegram.mode == "polling")
