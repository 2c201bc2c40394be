"""The few questions of `klasveilig init`, and the school.toml that the answers make."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta

import click

PLATFORM_AGE = 16
"""Minimum age on Telegram (its terms for the EU) and Discord (for the Netherlands, by secondary sources)."""


SHADOW = timedelta(days=31)
"""How long a shadow month lasts: four school weeks and some."""
ABOUT_SHADOW = (
    "In a shadow month flags are recorded and shown to one person, and nobody else is told: so the school learns how "
    "often the bot is wrong before mentors rely on it. Signs of distress, urging of self-harm, sexual matters, what is "
    "acute, and reports go their normal way from the first day: they may not wait."
)


@dataclass
class Answers:
    """What was answered so far."""

    school: str
    youngest: int
    groups: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, kind and the mentor's key."""
    people: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Key, name, role (empty for mentors) and e-mail address."""
    telegram: bool = False
    shadow: tuple[date, str] | None = None
    """Until when the shadow month lasts, and the key of who sees its flags."""


def ask_school(today: date) -> str:
    """Ask on the terminal and return the text of a school.toml; `today` is where a shadow month would begin."""
    click.echo("Klasveilig: a few questions. Everything can be changed later in school.toml.\n")
    answers = Answers(
        school=click.prompt("Name of the school").strip(),
        youngest=click.prompt("Age of the youngest pupils in the groups", type=click.IntRange(4, 20)),
    )
    click.echo(about_age(answers.youngest) + "\n")
    while True:
        name = click.prompt("Class (like 2B; empty when done)", default="", show_default=False).strip()
        if not name and answers.groups:
            break
        if not name:
            click.echo("At least one class is needed.")
            continue
        mentor = _ask_person(answers, f"Mentor of {name}", role="")
        answers.groups.append((name, "class", mentor))
        if click.confirm(f"Is there a parents' chat of {name}?", default=False):
            answers.groups.append((f"Ouders {name}", "parents", mentor))
    _ask_person(answers, "Trusted person (vertrouwenspersoon)", role="trusted_person")
    leader = _ask_person(answers, "School leader", role="leadership")
    answers.telegram = click.confirm("Connect to Telegram?", default=False)
    click.echo("\n" + ABOUT_SHADOW)
    if click.confirm("Start with a shadow month?", default=True):
        readers = [key for key, _, role, _ in answers.people if role]
        shown_to = click.prompt("Who sees the flags in that month", type=click.Choice(readers), default=leader)
        answers.shadow = today + SHADOW, shown_to
    return toml_of(answers)


def about_age(youngest: int) -> str:
    """Return what the platforms' terms mean for pupils of this age."""
    if youngest >= PLATFORM_AGE:
        return f"Telegram and Discord ask for {PLATFORM_AGE} years in the Netherlands: your pupils are old enough."
    return (
        f"Telegram and Discord ask for {PLATFORM_AGE} years in the Netherlands: pupils of {youngest} may not be there. "
        "For their class use chat exports (klasveilig replay); parents' chats can be on Telegram. "
        "Ask your privacy officer before you connect a platform."
    )


def _ask_person(answers: Answers, what: str, role: str) -> str:
    name = click.prompt(f"{what}, full name").strip()
    key = slug_of(name)
    for known, _, known_role, _ in answers.people:
        if known == key and (not role or known_role == role):
            return key
    mail = click.prompt(f"{what}, e-mail address (empty for none)", default="", show_default=False).strip()
    answers.people.append((key, name, role, mail))
    return key


def slug_of(name: str) -> str:
    """Return a short name of lower-case letters, digits and hyphens: `M. de Vriès` is `m-de-vries`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "school"


def toml_of(answers: Answers) -> str:
    """Return the school.toml of these answers."""
    lines = [
        "# Settings of Klasveilig for one school. Secrets do not stand here: see .env (deploy/env.example).",
        "[school]",
        f"name = {_quoted(answers.school)}",
        f"slug = {_quoted(slug_of(answers.school))}  # never change this: it finds the school's data again",
        'protocol = "willem-van-oranje-2026"',
        f"youngest_pupil = {answers.youngest}",
        "",
    ]
    for name, kind, mentor in answers.groups:
        lines += [
            "[[group]]",
            f"name = {_quoted(name)}",
            f"kind = {_quoted(kind)}",
            f"mentors = [{_quoted(mentor)}]",
            "",
        ]
    for key in dict.fromkeys(key for key, *_ in answers.people):
        roles = [role for k, _, role, _ in answers.people if k == key and role]
        name, mail = next((n, m) for k, n, _, m in answers.people if k == key)
        lines += ["[[person]]", f"key = {_quoted(key)}", f"name = {_quoted(name)}"]
        lines += [f"roles = [{', '.join(_quoted(role) for role in roles)}]"] if roles else []
        lines += [f"email = {_quoted(mail)}"] if mail else []
        lines.append("")
    lines += ["[telegram]", f"enabled = {str(answers.telegram).lower()}", ""]
    if answers.shadow:
        until, shown_to = answers.shadow
        lines += ["[shadow]", f"until = {until.isoformat()}", f"shown_to = {_quoted(shown_to)}", ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
