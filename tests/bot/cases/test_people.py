"""Who a free text may be about: too many rather than one too few."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cases.people import named_in
from rules.vocabulary import Role
from tests.bot.worlds import GROUPS, a_person

DE_VRIES = a_person(0, (Role.MENTOR, GROUPS[0]), name="Marieke de Vries")
VAN_DEN_BERG = a_person(1, (Role.STAFF, GROUPS[0]), name="J.P. van den Berg")
GUNES = a_person(2, (Role.MENTOR, GROUPS[1]), name="Şükrü Güneş")
LI = a_person(3, (Role.STAFF, GROUPS[1]), name="mevr. Xu Li")
JANSEN_BAKKER = a_person(4, (Role.LEADERSHIP, None), name="Anne-Fleur Jansen-Bakker")
TRUSTED = a_person(5, (Role.TRUSTED_PERSON, None), name="Ijsbrand Dijkstra")
STAFF = (DE_VRIES, VAN_DEN_BERG, GUNES, LI, JANSEN_BAKKER, TRUSTED)


def named(text: str, group_id: UUID | None = GROUPS[0]) -> set[str]:
    found = named_in(text, STAFF, group_id)
    return {person.name for person in STAFF if person.id in found}


@pytest.mark.parametrize(
    "text",
    [
        "mevr De Vries",
        "MEVROUW DE VRIES",
        "marieke",
        "Mariekes tas",
        "juf Mareike",
        "de vries!!",
        "devries",
        "Vries, Marieke de",
        "mevr. de V.",
        "juf M.",
        "M.d.V.",
        "m. v.",
        "MdV",
        "het gaat over Marieke\u200b de Vri\u00ebs",
    ],
)
def test_the_mentor_is_named_in_many_ways(text: str) -> None:
    assert named(text) == {"Marieke de Vries"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("meneer van den berg", "J.P. van den Berg"),
        ("vandenberg gym", "J.P. van den Berg"),
        ("JP", "J.P. van den Berg"),
        ("sukru gunes", "Şükrü Güneş"),
        ("meneer Güneş", "Şükrü Güneş"),
        ("juf Li", "mevr. Xu Li"),
        ("mevrouw X.", "mevr. Xu Li"),
        ("annefleur", "Anne-Fleur Jansen-Bakker"),
        ("mevr bakker", "Anne-Fleur Jansen-Bakker"),
        ("Bakekr", "Anne-Fleur Jansen-Bakker"),
        ("meester Dykstra", "Ijsbrand Dijkstra"),
        ("IJsbrand", "Ijsbrand Dijkstra"),
    ],
)
def test_names_are_found_with_accents_particles_and_slips(text: str, name: str) -> None:
    assert named(text) == {name}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mijn mentor", {"Marieke de Vries"}),
        ("onze klassenmentor", {"Marieke de Vries"}),
        ("de rector", {"Anne-Fleur Jansen-Bakker"}),
        ("de schoolleiding doet niets", {"Anne-Fleur Jansen-Bakker"}),
        ("de vertrouwenspersoon", {"Ijsbrand Dijkstra"}),
        ("een docent", {"Marieke de Vries", "J.P. van den Berg"}),
        ("de wiskundedocent", {"Marieke de Vries", "J.P. van den Berg"}),
        ("meneer Knakworst", {"Marieke de Vries", "J.P. van den Berg"}),
        ("meneer Güneş", {"Şükrü Güneş"}),
    ],
)
def test_a_word_for_a_role_means_whoever_has_it_in_the_class(text: str, expected: set[str]) -> None:
    assert named(text) == expected


def test_where_the_class_is_not_known_every_mentor_may_be_meant() -> None:
    assert named("mijn mentor", None) == {"Marieke de Vries", "Şükrü Güneş"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sanne uit 2B",
        "iemand uit mijn klas",
        "de jongens van de voetbal",
        "een commentator",
        "op het plein",
        "?!",
        "li",
    ],
)
def test_texts_about_pupils_name_no_staff(text: str) -> None:
    assert named(text) == set()


words = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=30)


@settings(max_examples=150, deadline=None)
@given(before=words, after=words, person=st.sampled_from(STAFF), upper=st.booleans())
def test_a_full_name_is_found_in_any_text(before: str, after: str, person: object, upper: bool) -> None:
    assert person in STAFF
    name = next(one.name for one in STAFF if one == person)
    text = f"{before} {name.upper() if upper else name.lower()} {after}"
    assert next(one.id for one in STAFF if one == person) in named_in(text, STAFF)
