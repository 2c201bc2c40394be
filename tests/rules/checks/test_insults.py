from __future__ import annotations

import pytest

from rules.vocabulary import Category
from tests.rules.checks.looking import SURE, look, sure_of

HARMFUL = [
    "die van vliet is een waardeloze trut",
    "mevrouw jansen is echt een heks",
    "je bent lelijk en niet leuk",
    "hou op met zeuren kankerhoer",
    "waarom doe je zo dom vieze hoer",
    "jij bent echt een kankerhoer",
    "je bent zo lelijk",
    "wat ben je dom",
    "Sem mongool",
    "kankerlijer",
    "vieze hoer",
    "die kech",
    "hou je kankerbek",
    "krijg de tering",
    "sukkel die je bent",
    "jij sukkel",
    "ge zijt ne onnozelaar",
    "you are so ugly",
    "ur so dumb",
    "fuck jou",
    "je moeder is een hoer",
    "k4nk3rh0er",
    "h o e r",
    "jij bent een l0ser",
    "hoe lelijk kan je zijn",
    "dikke vette loser jij",
    "die gore slet",
    "gij kalf",
    "stfu",
    "u r a loser",
    "zijn jullie achterlijk",
    "kanker op",
    "vuile flikker",
    "ben je dom ofzo",
    "jij bent echt kanker",
    "f*ck jou",
    "kut h*er",
    "je bent een lul",
    "teringwijf",
    "wat een mongool ben jij",
    "mongool",
]

HARMLESS = [
    "kanker lekker",
    "kanker goed gedaan",
    "kut weer",
    "je bent kanker goed",
    "je bent geen idioot",
    "ik ben een idioot",
    "wat ben ik dom",
    "mijn broertje is een idioot",
    "hij noemde mij een hoer",
    "wat betekent kech",
    "hoer is een scheldwoord",
    "je bent niet dom",
    "ben ik een sukkel?",
    "haha sukkel 😂",
    "dat is dom",
    "wat een stomme opdracht",
    "je bent de beste",
    "fuck mijn wifi",
    "fuck ik ben mijn boek vergeten",
    "kk tot morgen",
    "ik haat wiskunde",
    "de heks in het toneelstuk",
    "een eikel is een zaadje",
    "je bent ziek man respect",
    "wie gaat er mee naar buiten",
    "je bent homo en dat is prima",
    "ik ben gay",
    "ik ga u morgen bellen",
    "het slaat nergens op",
    "krijg de slappe lach",
    "ik ga douchen doei",
    "mag ik je pen",
    "je bent zo dik met haar",
    "je bent dom bezig",
    "ga je mee naar de film",
    "leave the door open",
    "iedereen is beter in engels dan ik",
    "je bent dik gezakt",
    "je bent te dik gekleed",
    "wat ben je dom bezig",
    "je bent niet stom hoor",
    "ben je gek",
    "je bent vet goed",
    "je bent lelijk gevallen",
    "je bent stom geweest maar ik vergeef je",
    "jij bent de loser van dit potje",
    "jij varken haha",
    "jij bent een ster",
    "you are trash at this game lol",
    "your dumb phone",
    "your ugly sweater is so cute",
    "your little brother is cute",
    "hoeren en snoeren is een uitdrukking",
    "in het boek is ze een hoer",
    "romeo noemt hem een hoerenzoon",
    "de mongolen vielen europa binnen",
    "een mongool is iemand uit mongolië",
    "downie is een beledigend woord",
    "mijn broer heeft down, hij is geen mongool",
    "fuck je huiswerk we gaan zwemmen",
    "krijg de kriebels",
    "kanker is een vreselijke ziekte",
    "mijn opa heeft kanker",
    "krijg ik ook kanker van roken",
    "flikker op de stoel",
    "hou je kop erbij",
    "mijn moeder is een heks met halloween",
    "trut truttebol haha",
    "wat is hij toch een schat",
    "is hij een sukkel dan?",
    "zijn jullie dom of ik",
    "jullie zijn te laat",
    "u bent vies van spinazie",
    "je bent vies als je in de modder valt",
    "ben je ziek",
    "ge zijt zot",
    "je bent een eikel aan het rapen",
    "jij en je varken op de boerderij",
]


@pytest.mark.parametrize("text", HARMFUL)
def test_it_is_found(text: str) -> None:
    assert Category.INSULT in sure_of(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_its_harmless_neighbour_is_left_alone(text: str) -> None:
    assert not sure_of(text)


@pytest.mark.parametrize("text", ["sukkel die je bent haha", "jij loser 😂"])
def test_a_mild_name_with_a_laugh_is_banter(text: str) -> None:
    (finding,) = look(text)
    assert finding.score < SURE


def test_a_grave_name_stays_one_however_much_they_laugh() -> None:
    assert sure_of("jij bent echt een kankerhoer hahaha 😂") == {Category.INSULT}


def test_names_for_oneself_are_left_alone_but_not_what_follows_for_another() -> None:
    assert not sure_of("ik ben echt een mongool, ik was mijn tas vergeten")
    assert sure_of("ik ben klaar met jou, vieze hoer") == {Category.INSULT}
