"""The hash that is computed without TensorFlow is the one by which the rest of the program knows a generator."""

import json
import shutil

import pytest
from small_settings import SMALL

from medgan_tf.errors import DataError
from medgan_tf.gans import build_gan
from medgan_tf.gans.exported.weights import write_stored_generator
from medgan_tf.release.generator_identity import generator_identity
from medgan_tf.synthesis.load import generator_sha256

COMBINATIONS = [
    {"labels": ["Edema"], "vector": [1, 0], "train": 0, "fewer_than": 10},
    {"labels": [], "vector": [0.0, 0.0], "train": 120},
]
CARD = {"label_names": ["Edema", "sex=F"], "resolution": 16, "latent_size": 4, "combinations": COMBINATIONS}


@pytest.mark.parametrize("name", ["cpd", "progressive"])
def test_it_is_the_hash_of_the_generator(name, tmp_path):
    gan = build_gan(name, resolution=16, label_count=2, **SMALL[name])
    folder = tmp_path / "generator"
    (folder / "assets").mkdir(parents=True)
    assert write_stored_generator(gan.ema_generator, folder)
    card = folder / "assets/generator.json"
    card.write_text(json.dumps(CARD))
    found = generator_identity(folder)
    assert found == generator_sha256(folder) and len(found) == 64
    shutil.move(card, folder / "generator.json")
    assert generator_identity(folder) == found
    (folder / "generator.json").write_text(json.dumps(CARD | {"latent_size": 5}))
    assert generator_identity(folder) != found
    (folder / "generator.json").write_text("{}")
    with pytest.raises(DataError, match="is damaged: a value is missing"):
        generator_identity(folder)
    (folder / "generator.json").unlink()
    assert generator_identity(folder) == ""
