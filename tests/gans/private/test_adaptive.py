"""The schedule of discriminator steps, by hand."""

import pytest

from medgan_tf.gans.private.adaptive import LADDER, PATIENCE, DiscriminatorSteps


def values(steps):
    return [variable.numpy() for variable in steps.variables]


def test_fixed_number_begins_with_a_generator_step():
    steps, due = DiscriminatorSteps(3), []
    for _ in range(7):
        steps.count_discriminator_step()
        due.append(bool(steps.generator_is_due()))
        if due[-1]:
            steps.count_generator_step(0.0)
    assert due == [True, False, False, True, False, False, True]
    assert values(steps)[0] == 3


def test_average_begins_with_the_first_accuracy():
    steps = DiscriminatorSteps(None)
    for accuracy in (0.5, 1.0, 0.0):
        steps.count_generator_step(accuracy)
    # 0.5, then 0.99 * 0.5 + 0.01 = 0.505, then 0.99 * 0.505.
    assert values(steps)[3] == pytest.approx(0.49995)


def test_goes_up_after_200_generator_steps_that_are_told_badly():
    steps, numbers = DiscriminatorSteps(None), []
    for _ in range(2 * PATIENCE + 1):
        steps.count_generator_step(0.6)
        numbers.append(int(steps.number.numpy()))
    assert numbers[: PATIENCE - 1] == [1] * (PATIENCE - 1)
    assert numbers[PATIENCE - 1 : -2] == [2] * PATIENCE
    assert numbers[-2:] == [5, 5]


def test_waits_for_the_accuracy_and_never_goes_down():
    steps = DiscriminatorSteps(None)
    steps.stayed.assign(500)
    steps.average.assign(0.605)
    steps.count_generator_step(0.606)
    assert values(steps)[:3:2] == [1, 501]
    # 0.99 * 0.605 + 0.01 * 0.1 = 0.59995.
    steps.average.assign(0.605)
    steps.count_generator_step(0.1)
    assert values(steps)[:3:2] == [2, 0]
    steps.average.assign(1.0)
    for _ in range(3):
        steps.count_generator_step(1.0)
    assert values(steps)[0] == 2


def test_stays_at_the_top():
    steps = DiscriminatorSteps(None)
    steps.number.assign(LADDER[-1])
    steps.stayed.assign(PATIENCE)
    steps.count_generator_step(0.0)
    assert values(steps)[:3:2] == [500, 201]
