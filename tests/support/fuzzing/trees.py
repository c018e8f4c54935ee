"""Damage to values made of dicts, lists, texts and numbers, as YAML and JSON files hold them."""

import copy
import random
from typing import Any

from fuzzing import words


def damaged(tree: Any, choice: random.Random, most: int = 3) -> Any:
    """A copy of a tree with one to `most` changes."""
    tree = copy.deepcopy(tree)
    for _ in range(choice.randint(1, most)):
        tree = _changed(tree, choice)
    return tree


def value(choice: random.Random) -> Any:
    """A value that is out of place almost everywhere."""
    kind = choice.randrange(10)
    if kind < 4:
        return words.text(choice)
    if kind < 7:
        return choice.choice(words.NUMBERS)
    if kind == 7:
        return f"@raw:{choice.choice(list(words.RAW))}"
    return choice.choice([None, True, False, [], {}, [None], [[]], {"": None}, {"a": {"b": [1]}}, [1, "a", None]])


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every place of a value: the dict or list, and the key or index."""
    found, open_ = [], [tree]
    while open_:
        one = open_.pop()
        items = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
        for key, inner in list(items):
            found.append((one, key))
            open_.append(inner)
    return found


def _changed(tree: Any, choice: random.Random) -> Any:
    found = places(tree)
    if not found:
        return value(choice)
    # A long list of numbers should not take all changes.
    holder = choice.choice(list({id(one): one for one, _ in found}.values()))
    key = choice.choice([key for one, key in found if one is holder])
    other, other_key = choice.choice(found)
    how = choice.randrange(11)
    if how <= 3:
        holder[key] = value(choice)
    elif how == 4:
        holder[key] = copy.deepcopy(other[other_key])
    elif how == 5:
        del holder[key]
    elif how == 6:
        holder[key] = _near(holder[key], choice)
    elif how == 7:
        holder[key] = choice.choice([[holder[key]], {"value": holder[key]}, str(holder[key])])
    elif how == 8:
        _add(holder, key, choice)
    elif how == 9 and isinstance(holder, dict):
        _rename(holder, key, choice)
    elif isinstance(holder, list):
        choice.shuffle(holder)
    else:
        holder[key] = value(choice)
    return tree


def _near(old: Any, choice: random.Random) -> Any:
    """A value of the same kind."""
    if isinstance(old, bool) or old is None:
        return not old
    if isinstance(old, (int, float)):
        return choice.choice([-old, old + 1, old - 1, old * 2, old * 1e6, old / 3, float(old)])
    if isinstance(old, str):
        place = choice.randrange(len(old) + 1)
        return choice.choice([old[:place], old[:place] + words.text(choice) + old[place:], old.upper(), old * 2])
    if isinstance(old, list):
        return choice.choice([old[:1], old[:-1], old + old[:1], old * 3, []])
    return {}


def _add(holder: Any, key: Any, choice: random.Random) -> None:
    if isinstance(holder, list):
        holder.insert(choice.randrange(len(holder) + 1), copy.deepcopy(choice.choice([holder[key], value(choice)])))
    else:
        holder[words.text(choice)] = choice.choice([value(choice), holder[key]])


def _rename(holder: dict, key: str, choice: random.Random) -> None:
    new = choice.choice([words.text(choice), str(key).upper(), f"{key}s", str(key)[:-1]])
    items = [(new if name == key else name, inner) for name, inner in holder.items()]
    holder.clear()
    holder.update(items)
