from __future__ import annotations

import pytest

from rules.vocabulary import Category
from tests.rules.checks.looking import SURE, look, sure_of

HARMFUL = [
    "niemand mag jou, je bent niet aardig",
    "niemand mag jou",
    "niemand vindt je aardig",
    "niemand wil met jou omgaan",
    "ga uit de groep",
    "je hoort hier niet",
    "we willen jou er niet bij",
    "nieuwe groep zonder Sem",
    "gooi Sem uit de groep",
    "praat niet meer met haar",
    "negeer haar gewoon",
    "je bent niet welkom",
    "nobody likes you",
    "no one wants you here",
    "blijf lekker thuis niemand mist je",
    "hij mag niet meedoen",
    "niemand zit op jou te wachten",
    "wie wil er naast haar zitten",
    "laten we hem negeren",
    "ga weg uit de groepsapp",
]

HARMLESS = [
    "niemand vindt wiskunde leuk",
    "ga uit de groep als je klaar bent",
    "hij is uit de groep gegaan",
    "niemand wil jou kwijt",
    "niemand mag jou pijn doen",
    "je mag niet meedoen met gym van de arts",
    "ik mag niet mee van mijn ouders",
    "hij mag niet meedoen want hij is geblesseerd",
    "ga uit de groep en voeg jezelf opnieuw toe",
    "ik ga uit de groep als dit zo doorgaat",
    "niemand mag je wegsturen",
    "niemand wil met jou ruilen? ik wel",
    "je hoort niet te rennen in de gang",
    "hij mag niet mee op kamp vanwege zijn been",
    "praat niet met volle mond",
    "praat niet tegen de chauffeur",
    "praat niet met vreemden",
    "gooi het papier uit de groep",
    "zonder hem is het saai",
    "een app zonder reclame",
    "nieuwe groep zonder docenten voor het cadeau",
    "niemand zou het merken als je er niet bent bij de repetitie lol",
    "iedereen is beter af zonder mij in de goal haha",
    "hou je mond als de docent praat",
    "het wordt pas leuk zonder die regels",
]


@pytest.mark.parametrize("text", HARMFUL)
def test_it_is_found(text: str) -> None:
    assert Category.BULLYING in sure_of(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_its_harmless_neighbour_is_left_alone(text: str) -> None:
    assert not sure_of(text)


def test_a_laugh_leaves_a_weaker_finding() -> None:
    (finding,) = look("niemand mag jou haha")
    assert finding.score < SURE
