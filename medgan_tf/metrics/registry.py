"""The metrics of fidelity: one file each in `metrics/fidelity`, or a module of another package.

A metric is one function from real and synthetic images to values, registered with its description. Nothing
else lists it: `medgan-tf fid --metrics`, tables, result files, the report and the glossary ask `METRICS`. Another
package adds its own by an entry point of the group `medgan_tf.metrics`: ``<name> = <module that registers it>``.

Nothing here imports TensorFlow.
"""

from collections.abc import Callable, Sequence

from medgan_tf.metrics.metric import Measure, Metric, Quantity
from medgan_tf.registry import Registry

LAST = 1000
"""Place of a metric that does not name one."""


class MetricRegistry(Registry):
    """Metrics of fidelity by name."""

    def __init__(self) -> None:
        super().__init__("metric of fidelity", "medgan_tf.metrics.fidelity", "medgan_tf.metrics")

    def metric(
        self,
        name: str,
        *quantities: Quantity,
        meaning: str,
        title: str = "",
        needs_features: bool = False,
        least_images: int = 2,
        least_side: int = 1,
        order: int = LAST,
    ) -> Callable[[Measure], Metric]:
        """Decorator of the function of a metric; see `Metric` for the arguments and `Measure` for the function.

        Without a `title` the metric has that of its first quantity.

        Raises:
            ValueError: The name is taken, or no quantity is given.
        """
        if not quantities:
            raise ValueError(f"expected at least one quantity of the metric. Received: name={name!r}")

        def decorate(measure: Measure) -> Metric:
            words = title or quantities[0].title, meaning
            made = Metric(name, measure, quantities, *words, needs_features, least_images, least_side, order)
            return self.register(name)(made)

        return decorate

    def chosen(self, names: Sequence[str] = ()) -> list[Metric]:
        """Metrics by name, all without names, in the order in which they are shown.

        Raises:
            ConfigError: A name is not known.
        """
        metrics = [self.get(name) for name in names or self.names()]
        return sorted(metrics, key=lambda metric: (metric.order, metric.name))

    def quantities(self) -> list[Quantity]:
        """Everything that all metrics give, in the order in which it is shown."""
        return [quantity for metric in self.chosen() for quantity in metric.quantities]

    def quantity(self, key: str) -> Quantity:
        """The quantity of one key of a result. Raises `KeyError` for a key that no metric gives."""
        return {quantity.key: quantity for quantity in self.quantities()}[key]


METRICS = MetricRegistry()
