"""What an audit gives away, in words, and which of its verdicts count as attacks."""

import pytest
from result_files import earlier_privacy, privacy, verdict

from medgan_tf.evidence.privacy.earlier import as_current
from medgan_tf.evidence.privacy.figures import verdict_figure
from medgan_tf.evidence.privacy.section_card import privacy_words
from medgan_tf.presentation.cards import BAD, GOOD, UNSURE

ATTACKS = ("distance image", "density image", "discriminator image")


@pytest.mark.parametrize(
    "statuses, state, words",
    [
        (["holds", "holds", "noted"], GOOD, "All 2 limits hold"),
        (["holds", "undecided"], UNSURE, "1 of 2 limits undecided"),
        (["holds", "caution"], UNSURE, "All 1 limits hold, 1 caution"),
        (["holds", "not run"], UNSURE, "1 of 2 questions have no answer"),
        (["noted"], UNSURE, "0 of 1 questions have no answer"),
        (["broken", "holds", "not run"], BAD, "1 of 2 limits broken"),
        (["broken", "undecided", "holds"], BAD, "1 of 3 limits broken"),
    ],
)
def test_the_privacy_verdict_is_the_worst(statuses, state, words):
    verdicts = [verdict(name, status) for name, status in zip(ATTACKS, statuses, strict=False)]
    assert privacy_words(privacy(verdicts))[:2] == (state, words)


def without_kind(verdicts):
    """As files were written before verdicts had a kind."""
    old = earlier_privacy(verdicts)
    rows = [{key: value for key, value in one.items() if key != "kind"} for one in old["verdicts"]]
    return as_current(old | {"verdicts": rows})["verdicts"]


@pytest.mark.parametrize("written", [list, without_kind])
def test_attacks_are_attacks_at_any_limit(written):
    """docs/privacy.md shows a limit of 0.55; and a share may well be held against 0.5."""
    verdicts = written(
        [
            verdict("distance image", value=0.53, ends=(0.5, 0.56), limit=0.55),
            verdict("density image", value=0.51, limit=0.55),
            verdict("copies", value=0.6, ends=(0.5, 0.7), limit=0.5),
        ]
    )
    text = " ".join(privacy_words(privacy(verdicts))[2])
    assert "The strongest of 2 attacks reaches an AUC of 0.530 (interval 0.500 to 0.560; 0.5 is guessing)" in text
    attacks, excesses = verdict_figure(verdicts).axes
    assert attacks.get_xlabel() == "AUC of the attack (0.5: guessing)"
    titles = [[label.get_text() for label in axes.get_yticklabels()] for axes in (attacks, excesses)]
    assert titles == [
        ["membership by density, images", "membership by distance, images"],
        ["excess of suspected copies"],
    ]
    limits = [
        [line.get_xdata()[0] for line in axes.lines if line.get_color() == "black"] for axes in (attacks, excesses)
    ]
    assert limits == [[0.55, 0.55], [0.5]]


def test_an_attack_on_images_and_patients_is_one_attack():
    levels = [verdict("distance image", value=0.51), verdict("distance patient", value=0.54, ends=(0.5, 0.58))]
    text = " ".join(privacy_words(privacy(levels))[2])
    assert "The one attack that was run reaches an AUC of 0.540 (interval 0.500 to 0.580; 0.5 is guessing)." in text


def test_a_blind_baseline_is_no_attack():
    """It tells the folds apart without the generator, and has no interval among the verdicts."""
    rows = [verdict("distance patient", value=0.52, ends=(0.5, 0.54)), verdict("folds", "noted", 0.56)]
    rows[1]["interval"] = None
    text = " ".join(privacy_words(privacy(rows))[2])
    assert "The one attack that was run reaches an AUC of 0.520 (interval 0.500 to 0.540; 0.5 is guessing)." in text


def test_privacy_in_words():
    broken = verdict("copies", "broken", 0.2, (0.1, 0.3), 0.01, "20 of 100 images suspected")
    attacks = [verdict("distance image", value=0.51), verdict("density image", value=0.53, ends=(0.5, 0.56))]
    text = " ".join(privacy_words(privacy([*attacks, broken, verdict("combinations", "caution", words="few")]))[2])
    assert "Question of copies? 20 of 100 images suspected." in text
    assert "The strongest of 2 attacks reaches an AUC of 0.530 (interval 0.500 to 0.560; 0.5 is guessing)" in text
    assert "Of 100 planted copies of each kind were found: 100 exact, 85 noised." in text
    assert "Caution: few." in text and "not a guarantee" in text


def test_what_is_undecided_says_what_would_decide_it_once():
    rows = [verdict("copies", "undecided"), verdict("authenticity", "undecided"), verdict("distance image")]
    lines = privacy_words(privacy(rows))[2]
    expected = "excess of suspected copies, loss of authentic images. What would decide it: 300 patients more."
    assert f"Undecided: {expected}" in lines
