from __future__ import annotations

import pytest

from rules.vocabulary import Category
from tests.rules.checks.looking import SURE, look, sure_of

INCITEMENT = [
    "kys",
    "kill yourself",
    "pleeg zelfmoord",
    "maak jezelf van kant",
    "spring voor de trein",
    "ga dood",
    "ga toch lekker dood",
    "sterf gewoon dood",
    "de wereld is beter zonder jou",
    "niemand zou je missen als je dood bent",
    "drink bleek",
    "hang jezelf op",
    "go die",
    "val dood",
    "ga van een brug springen",
    "spring van een flat",
    "je kan beter dood gaan",
    "snij je polsen",
    "k y s",
    "was je maar nooit geboren",
    "doe ons een plezier en spring voor een trein",
]

DESPAIR = [
    "ik wil dood",
    "ik wil niet meer leven",
    "ik wil er niet meer zijn",
    "ik heb geen zin meer in het leven",
    "ik snij mezelf",
    "niemand zou mij missen",
    "ik haat mezelf",
    "i want to die",
    "ik wou dat ik dood was",
    "ik durf niet meer naar school",
    "ik huil elke avond",
    "ik word thuis geslagen",
    "mijn vader slaat me",
    "ik ga mezelf iets aandoen",
    "ik denk vaak aan zelfmoord",
    "ik wil gewoon dood",
    "i hate myself",
    "ik voel me zo waardeloos",
    "iedereen is beter af zonder mij",
    "soms wil ik gewoon niet meer wakker worden",
]

HARMLESS = [
    "kap met kys zeggen",
    "kys is geen grapje",
    "kys zeggen is niet grappig",
    "er stond 'kill yourself' op mijn kluisje geschreven",
    "ik ga dood van het lachen",
    "iew ik ga dood als ik dat moet aanraken",
    "we gaan dood als dit uitlekt",
    "iemand zei kys tegen me",
    "zeg nooit kys tegen iemand",
    "kys is echt niet oke",
    "spring voor de bal",
    "ga dood in minecraft",
    "we hebben een boek over zelfmoord",
    "ik wil niet dood",
    "ik wil dood, wat een toets wiskunde lol",
    "ik kan niet meer van het lachen",
    "hou je mond dicht bij de tandarts",
    "die hond is dik",
    "ik wil dood zijn in het toneelstuk",
    "ik heb mezelf gesneden aan papier",
    "val dood op de grond in de toneelscene",
    "mijn telefoon gaat dood",
    "hij ging dood in de film",
    "go die hard fans",
    "spring van de hoge duikplank",
    "ga van het dak af!",
    "ga van de brug links",
    "spring niet van het dak",
    "hang jezelf niet op aan details",
    "drink een beker melk",
    "ik haat mezelf niet",
    "ik snij mezelf altijd met koken",
    "ik wil verdwijnen van schaamte",
    "ik wil niet meer naar de tandarts",
    "ik huil elke keer bij die film",
    "ik heb mezelf pijn gedaan bij gym",
    "mijn vader slaat me nooit",
    "word ik thuis gebracht",
    "alles heeft geen zin meer want we gaan toch verliezen met voetbal",
    "houd je bek open bij de tandarts",
    "die gast is een legende",
    "die hond is een klootzak",
    "die jongen is geen sukkel",
]


@pytest.mark.parametrize("text", INCITEMENT)
def test_incitement_is_found_and_is_not_taken_for_distress(text: str) -> None:
    assert sure_of(text) == {Category.SELF_HARM_INCITEMENT}


@pytest.mark.parametrize("text", DESPAIR)
def test_despair_is_found_and_is_never_taken_for_an_offence(text: str) -> None:
    assert sure_of(text) == {Category.DISTRESS}


@pytest.mark.parametrize("text", HARMLESS)
def test_its_harmless_neighbour_is_left_alone(text: str) -> None:
    assert not sure_of(text)


def test_the_reason_for_distress_speaks_of_care_and_not_of_an_offence() -> None:
    (finding,) = look("ik wil niet meer leven")
    assert finding.reason.text == "Sounds as if the writer is not doing well. They may need somebody now."


def test_everyday_exaggeration_is_not_hidden_but_weighs_less() -> None:
    (finding,) = look("ik wil dood, wat een toets wiskunde")
    assert finding.category is Category.DISTRESS
    assert finding.score < SURE
