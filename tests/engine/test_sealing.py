"""Boxes open with the one private key, as what they were sealed as, and their size tells nothing."""

from __future__ import annotations

import pytest

from bridge.engine.sealing import CannotOpen, Opener, new_key, seal
from bridge.model.vault import parse_public_key
from tests.secrets import CLIENT_PASSWORD

PEM, PUBLIC = new_key()
CONTENT = {"login": "olha", "password": CLIENT_PASSWORD, "note": "пароль «з лапками»"}


def test_a_box_opens_with_its_key() -> None:
    assert Opener(PEM).open(seal(parse_public_key(PUBLIC), CONTENT, "one"), "one") == CONTENT


def test_a_box_shows_nothing_of_what_is_in_it_and_is_another_each_time() -> None:
    key = parse_public_key(PUBLIC)
    boxes = [seal(key, CONTENT, "one") for _ in range(2)]
    assert boxes[0] != boxes[1]
    assert not any(CLIENT_PASSWORD.encode() in box for box in boxes)
    assert len(seal(key, {"password": "1"}, "one")) == len(boxes[0])


def test_a_box_does_not_open_as_another_one() -> None:
    box = seal(parse_public_key(PUBLIC), CONTENT, "one")
    with pytest.raises(CannotOpen) as refused:
        Opener(PEM).open(box, "two")
    assert CLIENT_PASSWORD not in str(refused.value)


def test_a_changed_box_and_another_key_are_refused() -> None:
    box = seal(parse_public_key(PUBLIC), CONTENT, "one")
    with pytest.raises(CannotOpen):
        Opener(PEM).open(box[:-1] + bytes([box[-1] ^ 1]), "one")
    with pytest.raises(CannotOpen):
        Opener(new_key()[0]).open(box, "one")


def test_what_is_no_key_is_refused_in_a_sentence() -> None:
    with pytest.raises(CannotOpen, match="bridge vault init"):
        Opener(b"no key")


def test_the_public_key_of_a_file_is_the_one_that_was_printed() -> None:
    assert Opener(PEM).public_key == PUBLIC
