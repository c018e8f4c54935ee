"""What TensorBoard's HParams tab shows of a folder, asked of TensorBoard itself."""

from pathlib import Path

from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams.backend_context import Context
from tensorboard.plugins.hparams.list_session_groups import Handler


def sessions(logdir: Path) -> dict[str, tuple[dict, dict, str]]:
    """Name of the run -> settings, last metrics and status."""
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(logdir))
    multiplexer.Reload()
    context = Context(TBContext(data_provider=MultiplexerDataProvider(multiplexer, str(logdir))))
    every = [getattr(api_pb2, f"STATUS_{name}") for name in ("UNKNOWN", "SUCCESS", "FAILURE", "RUNNING")]
    request = api_pb2.ListSessionGroupsRequest(allowed_statuses=every, slice_size=100)
    found = {}
    for group in Handler(RequestContext(), context, "", request).run().session_groups:
        (session,) = group.sessions
        settings = {name: getattr(value, value.WhichOneof("kind")) for name, value in group.hparams.items()}
        metrics = {value.name.tag: value.value for value in session.metric_values}
        found[session.name] = (settings, metrics, api_pb2.Status.Name(session.status))
    return found
