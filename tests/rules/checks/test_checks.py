"""What holds for every check."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.checks import CHECKS
from tests.rules.checks.looking import look

LENGTH = 50_000
TAIL = "kys zelfmoord ik hoer dood niemand als kill sla uit jij"

HOSTILE = [
    "a", " a", "ik ga je ", "ik sla je ", "niemand wil met je ", "je bent zo ", "als je niet ", "als je of ",
    "zei kys ", "ga dood ", "i will kill you ", "niet zeggen tegen ", "hoer ", "vieze ", "kanker ", "jij stomme ",
    "ik wil ", "niemand zou missen als ", "stuur je fotos ", "or post your ", "wacht maar tot ik ", "ik ben een ",
    "krijg de ", "x is een ", "ik denk ", "\" kys \" ", "ga voor de ", "gooi hem er eens ", "stop met ",
    "waarom zeg je ",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_long_hostile_message_takes_linear_time(unit: str) -> None:
    began = time.process_time()
    look((unit * LENGTH)[:LENGTH] + TAIL)
    assert time.process_time() - began < 2  # seconds; a quadratic pattern takes minutes


@given(st.text())
def test_no_message_makes_a_check_fail(text: str) -> None:
    look(text)


def test_every_check_has_a_name_of_its_own_and_says_what_it_looks_for() -> None:
    assert len({check.__name__ for check in CHECKS}) == len(CHECKS)
    for check in CHECKS:
        assert (check.__doc__ or "").startswith("Looks for")
