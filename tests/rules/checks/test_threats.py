from __future__ import annotations

import pytest

from rules.vocabulary import Category
from tests.rules.checks.looking import SURE, look, sure_of

HARMFUL = [
    "ik pak je nog wel",
    "ima break your legs",
    "ik heb een mes in me tas",
    "ik maak je af",
    "ik sla je in elkaar na school",
    "ik ga je slaan",
    "we gaan hem na school in elkaar trappen",
    "Ik M.a.a.k je k4pot",
    "je gaat eraan",
    "jij krijgt klappen morgen",
    "ik weet waar je woont",
    "wacht maar tot na school",
    "dan steek ik je neer",
    "ik breek je benen",
    "ik sla je tanden uit je bek",
    "kga u kapot maken",
    "ge gaat eraan",
    "i will kill you",
    "ima beat you up",
    "im gonna stab him",
    "ur dead after school",
    "als je niet betaalt zet ik je fotos online",
    "stuur geld of ik stuur die screenshots naar iedereen",
    "ik vermoord je",
    "morgen ben je dood",
    "ik neem een mes mee",
    "ik schop je kop eraf",
    "ik wacht je op bij het fietsenhok",
    "we komen je halen",
    "ik trap je verrot",
    "we maken je helemaal kapot maandag",
    "watch your back",
    "ik kom je pakken",
    "ik ga hem vermoorden",
    "ik pak je morgen",
    "ik ga je morgen pakken",
]

HARMLESS = [
    "i can beat you at chess",
    "ik heb een mes nodig voor de taart",
    "ik maak ze morgen af",
    "ik maak je af in fifa",
    "ik sla je huiswerk op",
    "ik pak je morgen wel op",
    "ik steek je aan met mijn verkoudheid",
    "ik breek je record",
    "ik maak je huiswerk af",
    "ik maak je dag",
    "ik vermoord je hahaha 😂",
    "hij zei ik maak je af",
    "mijn moeder vermoordt me",
    "ik sla je niet",
    "ik zou je nooit slaan",
    "wacht maar tot je het ziet",
    "ik wacht op je bij de fietsen",
    "als je niet kan komen stuur ik de fotos door",
    "ik stuur je de fotos",
    "niemand mag zijn telefoon pakken",
    "niemand mag te laat komen",
    "ik pak je tas wel",
    "ik klap voor je",
    "we gaan ze inmaken zaterdag",
    "kom naar buiten als je klaar bent",
    "pas maar op het is glad",
    "kijk maar uit je doppen",
    "we slaan je over deze ronde",
    "ik trap de bal naar je",
    "je krijgt een klap van de molen",
    "ik schiet je geld voor",
    "ik schop je uit de groep",
    "ik maak je wakker",
    "niemand zou mij missen als ik een dag spijbel haha",
    "niemand mag u foto's delen zonder toestemming",
    "je bent niet welkom bij de toets als je te laat bent",
    "zij mag niet komen van haar moeder",
    "ik maak je een kop thee",
    "ik maak je even af van de lijst",
    "ik sla je bericht op",
    "ik steek je de weg over",
    "ik breek het ijs",
    "we pakken je cadeau in",
    "we gaan je missen",
    "we gaan je verrassen",
    "ik ga je verslaan",
    "ik ga hem pakken die bal",
    "ik kom je halen met de auto om 8 uur",
    "ik kom je ophalen",
    "we komen je halen van het station",
    "ik wacht op je na school",
    "kijk maar uit het raam",
    "wacht maar tot morgen dan krijg je je cijfer",
    "wacht maar tot je de film ziet",
    "als je niet kan zet ik je foto's in de groep voor je",
    "stuur je foto's of ik zet ze er zelf in",
    "maak jezelf klaar",
    "maak jezelf niet gek",
    "neem een pakje zakdoekjes",
    "ik kan niet meer naar school komen vandaag",
    "jij hebt een hoerenpakje gezegd? wat is dat",
    "kill the lights",
    "kill time with me",
    "killing it",
    "i will kill you with kindness",
    "im gonna kill him in chess",
    "ik sla de bal over je hoofd",
    "ik schop je bal uit het veld",
    "ik geef je een klap op je schouder",
    "we hebben hem verslagen",
    "we schieten je te hulp",
    "ze gaat bloeden als je zo hard poetst",
    "je krijgt een klap van die deur als je hem niet vasthoudt",
    "je krijgt klapstoelen",
    "pak je tas en ga dood simpel naar huis",
    "ik ben zo lelijk op die foto",
]


@pytest.mark.parametrize("text", HARMFUL)
def test_it_is_found(text: str) -> None:
    assert Category.THREAT in sure_of(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_its_harmless_neighbour_is_left_alone(text: str) -> None:
    assert not sure_of(text)


def test_talk_about_a_game_just_before_takes_the_threat_out_of_it() -> None:
    assert not sure_of("jij gaat eraan", "Bo: potje fifa straks?")
    assert sure_of("jij gaat eraan", "Bo: wie heeft het huiswerk") == {Category.THREAT}


def test_a_laugh_leaves_a_weaker_finding() -> None:
    findings = look("ik vermoord je 😂")
    assert [(finding.category, finding.score < SURE) for finding in findings] == [(Category.THREAT, True)]


def test_a_finding_shows_the_words_as_they_were_written() -> None:
    (finding,) = look("Na school: ik M.A.A.K je k4pot, loser!")
    assert finding.words == ("ik M.A.A.K je k4pot",)
