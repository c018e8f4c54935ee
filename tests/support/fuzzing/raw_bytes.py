"""Damage to bytes of any kind."""

import random

_ODD = [b"\x00", b"\xff", b"\x80", b"\n", b"\r\n", b"\x7f", b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\xef\xbb\xbf"]


def damaged(data: bytes, choice: random.Random, most: int = 4) -> bytes:
    """A copy with one to `most` changes: bits, bytes, runs removed, repeated or moved, the end cut off."""
    for _ in range(choice.randint(1, most)):
        data = _changed(data, choice)
    return data


def _changed(data: bytes, choice: random.Random) -> bytes:
    if not data:
        return choice.choice(_ODD)
    place, how = choice.randrange(len(data)), choice.randrange(8)
    run = data[place : place + choice.choice((1, 2, 4, 16, 200))]
    if how == 0:
        return data[:place] + bytes([data[place] ^ (1 << choice.randrange(8))]) + data[place + 1 :]
    if how == 1:
        return data[:place] + bytes([choice.randrange(256)]) + data[place + 1 :]
    if how == 2:
        odd = choice.choice(_ODD)
        return data[:place] + odd + data[place + len(odd) :]
    if how == 3:
        return data[:place] + choice.choice(_ODD) + data[place:]
    if how == 4:
        return data[:place] + data[place + len(run) :]
    if how == 5:
        return data[:place] + run * choice.choice((2, 3, 50)) + data[place + len(run) :]
    if how == 6:
        other = choice.randrange(len(data))
        return data[:other] + run + data[other + len(run) :]
    # Only now and then, as little is left to look at then.
    return data[:place] if choice.random() < 0.3 else data + run
