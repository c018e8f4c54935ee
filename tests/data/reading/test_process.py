import pytest
from reader_tasks import Names

from medgan_tf.config.schema import DataConfig
from medgan_tf.data.prepare import open_source
from medgan_tf.data.reading.limits import Limits
from medgan_tf.data.reading.pool import read_files
from medgan_tf.data.records.encoding import EncodeTask
from medgan_tf.registry import SOURCES

DICOM = ("rsna", "rsna_pneumonia", "siim", "table", "vindr")


@pytest.mark.parametrize("name", SOURCES.names())
def test_no_source_that_reads_in_processes_brings_tensorflow(name):
    options = {"table": {"label_columns": ["x"]}}.get(name, {})
    source = open_source(DataConfig(source=name, root="nowhere", options=options))
    if not source.reads_in_processes:
        # Pixels that lie in records or arrays as they are.
        assert name in ("published", "medmnist")
        return
    carrier = Names()
    carrier.source = EncodeTask(source, 16, "png")
    modules = ["tensorflow", "keras", "pydicom", f"medgan_tf.data.sources.{name}.source"]
    found = [answer.split()[0] for answer in read_files(carrier, modules, 1, Limits())]
    # pydicom takes half of the time in which a reader process starts; not all need it.
    assert found == [b"False", b"False", b"True" if name in DICOM else b"False", b"True"]
