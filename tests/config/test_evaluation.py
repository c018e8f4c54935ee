"""The section `evaluation` is made from the rooms of evidence, those of other packages included."""

import json
import pickle
import subprocess
import sys

import pytest
from toy_package import write_package

from medgan_tf.config.schema import EvaluationConfig, Experiment
from medgan_tf.evidence.fidelity.settings import FidConfig
from medgan_tf.evidence.importance.settings import OcclusionConfig
from medgan_tf.evidence.neighbours.settings import NeighboursConfig
from medgan_tf.evidence.privacy.settings import PrivacyConfig

SETTINGS = '''
    from typing import Annotated
    from pydantic import Field
    from medgan_tf.config.section import Section, incidental

    KEY, ORDER = "contrast", 35

    class ContrastConfig(Section):
        """Contrast of synthetic images."""

        images: Annotated[int, Field(ge=1)] = 50
        """Images measured."""
        workers: int = incidental(1)
        """Processes."""

    CONFIG = ContrastConfig
'''

LOAD = """
import json, sys
from medgan_tf.config.loading import dump_experiment, load_experiment
from medgan_tf.config.schema import EvaluationConfig
from medgan_tf.config.section import deciding, without_added
from medgan_tf.errors import ConfigError

answers = {}
for name, overrides in {"default": [], "set": ["evaluation.contrast.images=7"], "odd": ["evaluation.contrast.images=0"],
                        "unknown": ["evaluation.contrast.image=5"]}.items():
    try:
        experiment = load_experiment("x.yaml", overrides)
        answers[name] = experiment.evaluation.contrast.model_dump()
        answers[name + " kept"] = without_added(experiment)["evaluation"].get("contrast")
        answers[name + " decides"] = deciding(experiment.evaluation).get("contrast")
    except ConfigError as error:
        answers[name] = str(error)
answers["keys"] = list(EvaluationConfig.model_fields)
answers["description"] = EvaluationConfig.model_fields["contrast"].description
answers["dumped"] = "contrast:" in dump_experiment(experiment)
print(json.dumps(answers))
"""


def test_the_rooms_of_this_package():
    kinds = {name: field.annotation for name, field in EvaluationConfig.model_fields.items()}
    assert kinds == {
        "fid": FidConfig,
        "neighbours": NeighboursConfig,
        "privacy": PrivacyConfig,
        "occlusion": OcclusionConfig,
    }
    assert list(kinds) == ["fid", "neighbours", "privacy", "occlusion"], "the order in which they are written"
    assert EvaluationConfig.model_fields["fid"].description == (
        "FID between real and synthetic images, which also stops training (paper S.3)."
    )
    assert EvaluationConfig().privacy == PrivacyConfig()


def test_experiments_can_go_to_other_processes():
    experiment = Experiment(name="x", evaluation=EvaluationConfig(fid=FidConfig(images=7)))
    assert pickle.loads(pickle.dumps(experiment)) == experiment


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    points = {"medgan_tf.evidence": {"contrast": "room_package.contrast"}}
    write_package(folder, "room_package", {"contrast/settings.py": SETTINGS}, points)
    (folder / "x.yaml").write_text("name: x\n")
    code = f"import sys; sys.path.insert(0, {str(folder)!r})\n{LOAD}"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_room_of_another_package_has_its_section(answers):
    assert answers["keys"] == ["fid", "neighbours", "contrast", "privacy", "occlusion"]
    assert answers["description"] == "Contrast of synthetic images."
    assert answers["default"] == {"images": 50, "workers": 1}
    assert answers["set"] == {"images": 7, "workers": 1}
    assert answers["dumped"]


def test_its_mistakes_are_explained(answers):
    assert answers["odd"] == (
        "--set evaluation.contrast.images=0: evaluation.contrast.images: expected a number greater than or equal to 1; "
        "received 0"
    )
    assert answers["unknown"] == (
        "--set evaluation.contrast.image=5: evaluation.contrast.image: unknown key; the nearest valid key is "
        "evaluation.contrast.images"
    )


def test_installing_it_leaves_finished_work_up_to_date(answers):
    assert answers["default kept"] is answers["default decides"] is None
    assert answers["set kept"] == {"images": 7, "workers": 1}
    assert answers["set decides"] == {"images": 7}
