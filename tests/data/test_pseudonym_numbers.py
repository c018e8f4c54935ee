"""Tests of pseudonyms as numbers."""

import numpy as np
import pytest

from medgan_tf.data.pseudonym_numbers import NONE, as_number, as_pseudonym, pseudonym_numbers


def test_numbers_are_those_of_the_digits_in_the_order_of_the_texts():
    random = np.random.default_rng(0)
    texts = np.array(["", "00000000000000", "ffffffffffffff", *(random.bytes(7).hex() for _ in range(500))])
    numbers = pseudonym_numbers(texts)
    assert numbers.tolist() == [int(NONE), *(int(text, 16) for text in texts[1:])]
    assert (np.argsort(numbers[1:]) == np.argsort(texts[1:])).all()
    assert [as_pseudonym(number) for number in numbers[1:]] == texts[1:].tolist()
    assert as_number("0000000000000a") == 10


@pytest.mark.parametrize("text", ["123", "g0000000000000", "ABCDEF00000000", "000000000000000", "0000000000000 "])
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match="14 hexadecimal digits"):
        pseudonym_numbers(np.array(["00000000000000", text]))
