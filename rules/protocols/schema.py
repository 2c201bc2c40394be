"""What a protocol file holds: the school's agreements, and what to do when a message goes against them."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from rules.tomlfile import Misfit, meant
from rules.vocabulary import TEXT_CATEGORIES, Category, Clause, Flag, GroupKind, Role, Severity

LOWEST_THRESHOLD: Final = 0.2
"""No threshold may be lower: below it classifiers do not say which words made their score."""


Threshold = Annotated[float, Field(ge=LOWEST_THRESHOLD, le=1)]
"""The probability from which a message is flagged."""


class Party(enum.StrEnum):
    """Whom an article binds."""

    PUPIL = "pupil"
    PARENT = "parent"
    STAFF = "staff"
    SCHOOL = "school"

    @classmethod
    def of(cls, role: Role) -> Party | None:
        """Return the party that somebody in `role` belongs to; None when their role is not known."""
        if role is Role.UNKNOWN:
            return None
        return {Role.PUPIL: cls.PUPIL, Role.PARENT: cls.PARENT, Role.CLASS_PARENT: cls.PARENT}.get(role, cls.STAFF)


EVERYBODY: Final = frozenset({Party.PUPIL, Party.PARENT, Party.STAFF})
"""The parties that write in groups: an article that binds all three binds whoever wrote."""


def _severity(word: object) -> Severity:
    try:
        return Severity.of(str(word))
    except ValueError:
        names = [severity.word for severity in Severity]
        raise Misfit(f"{word!r} is not a severity", meant(str(word), names)) from None


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Article(_Table):
    """One agreement in our own words, and whom it binds."""

    binds: frozenset[Party] = Field(min_length=1)
    nl: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def binds_writer(self, role: Role) -> bool:
        """Tell whether the article binds somebody who writes in `role`; of an unknown role only if it binds all."""
        party = Party.of(role)
        return party in self.binds if party else self.binds >= EVERYBODY


class Policy(_Table):
    """What follows when a message is of one category."""

    threshold: Mapping[GroupKind, Threshold]
    """Per kind of group the probability from which a message is flagged."""
    severity: Annotated[Severity, BeforeValidator(_severity)]
    audience: frozenset[Role] = Field(min_length=1)
    """Which roles the case is brought to; routing leaves out whoever is involved."""
    articles: tuple[str, ...] = ()
    """The numbers of the articles that it goes against."""

    @model_validator(mode="after")
    def _every_kind(self) -> Policy:
        for kind in GroupKind:
            if kind not in self.threshold:
                raise Misfit(f"there is no threshold for groups of kind {kind.value!r}", "add it", ("threshold",))
        return self


class OwnThreshold(_Table):
    """A threshold that a school set in place of the protocol's, and the first day on which it held."""

    threshold: Threshold
    since: date


class OwnThresholds(_Table):
    """The file `thresholds.toml` beside `school.toml`: `[class.insult]` and the like, by kind of group and category."""

    class_: Mapping[Category, OwnThreshold] = Field(default={}, alias="class")
    parents: Mapping[Category, OwnThreshold] = {}
    staff_class: Mapping[Category, OwnThreshold] = {}

    def of(self, kind: GroupKind) -> Mapping[Category, OwnThreshold]:
        """Return the thresholds of a kind of group."""
        return {GroupKind.CLASS: self.class_, GroupKind.PARENTS: self.parents, GroupKind.STAFF_CLASS: self.staff_class}[
            kind
        ]

    @classmethod
    def holding(cls, thresholds: Mapping[tuple[GroupKind, Category], OwnThreshold]) -> OwnThresholds:
        """Return the file that holds these thresholds."""
        tables = {
            kind.value: {category: own for (of, category), own in thresholds.items() if of is kind}
            for kind in GroupKind
        }
        return cls.model_validate(tables)

    def items(self) -> Iterator[tuple[GroupKind, Category, OwnThreshold]]:
        """Yield every threshold in it."""
        for kind in GroupKind:
            for category, own in self.of(kind).items():
                yield kind, category, own


class Protocol(_Table):
    """A school's protocol as running code."""

    name: str
    """Its name in `school.toml` and in cases."""
    title: str
    """What people call it."""
    version: date
    """From which day this version is in force."""
    articles: Mapping[str, Article]
    categories: Mapping[Category, Policy]

    @model_validator(mode="after")
    def _fits_together(self) -> Protocol:
        for category in TEXT_CATEGORIES:
            if category not in self.categories:
                problem = f"nothing says what to do about {category.value}"
                raise Misfit(problem, f"add a table [categories.{category.value}]", ("categories",))
        for category, policy in self.categories.items():
            where = ("categories", category.value, "articles")
            for at, number in enumerate(policy.articles):
                if number not in self.articles:
                    raise Misfit(f"there is no article {number!r}", meant(number, self.articles), (*where, at))
            if category is Category.DISTRESS and policy.articles:
                raise Misfit("distress is never an offence", "take its articles out", where)
            if category is not Category.DISTRESS and not policy.articles:
                raise Misfit(f"{category.value} goes against no article", 'add articles = ["A.1"] or the like', where)
        return self

    def with_own(self, thresholds: OwnThresholds) -> Protocol:
        """Return the protocol with a school's own thresholds in place of those that it sets."""
        categories = dict(self.categories)
        for kind, category, own in thresholds.items():
            if category in categories:
                policy = categories[category]
                categories[category] = policy.model_copy(
                    update={"threshold": {**policy.threshold, kind: own.threshold}}
                )
        return self.model_copy(update={"categories": categories})

    def thresholds(self, kind: GroupKind) -> dict[Category, float]:
        """Return the threshold of each text category in a kind of group."""
        return {category: self.categories[category].threshold[kind] for category in TEXT_CATEGORIES}

    def clause(self, number: str) -> Clause:
        """Return the article with its wording; raises `KeyError` for a number that the protocol does not have."""
        article = self.articles[number]
        return Clause(number, article.nl, article.en)

    def audience(self, flags: Iterable[Flag]) -> frozenset[Role]:
        """Return the roles that the flags of one matter are brought to together."""
        return frozenset(role for flag in flags for role in self.categories[flag.category].audience)
