"""The collector rests while a large answer is checked, and is left as it was found."""

import gc

import pytest

from registry.collector import collector_at_rest


def test_the_collector_rests_and_works_again_whatever_happens() -> None:
    with collector_at_rest():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="broken"), collector_at_rest():
        int("broken")
    assert gc.isenabled()


def test_a_collector_that_its_program_switched_off_stays_off() -> None:
    gc.disable()
    try:
        with collector_at_rest():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
