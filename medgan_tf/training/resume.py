"""Where a run goes on: from its last checkpoint at its start, or from the last good one when training diverged."""

import logging

from medgan_tf.errors import RunError
from medgan_tf.training import record
from medgan_tf.training.callbacks.budget import budget_words
from medgan_tf.training.callbacks.checkpoint import save_checkpoint
from medgan_tf.training.callbacks.watchdog import TrainingDiverged
from medgan_tf.training.checkpoints import Restored
from medgan_tf.training.devices.precision import warn_if_slow
from medgan_tf.training.private.public_start import begin_from_public, note_public_start
from medgan_tf.training.state import RunState

log = logging.getLogger(__name__)


def begin(run: RunState, restored: Restored | None) -> Restored | None:
    """Restores the callbacks' own state, brings the files of the run to that point, and logs what will be trained.

    Returns the checkpoint that the run goes on from: an earlier one, if the state of a callback is damaged.
    """
    training = run.experiment.training
    if restored is not None:
        restored = run.restore(restored)
        log.info(f"resuming at {restored.images_seen:,} images")
    from_public = note_public_start(run) if restored is not None else begin_from_public(run)
    if run.private:
        begin_private(run, restored)
    if run.workers.chief:
        # A run may also have been killed before its first checkpoint.
        record.drop_metrics_after(run.folder.metrics, restored.images_seen if restored else 0)
        record.write_events(run.folder, run.watchdog.events)
        # A training that began from another one no longer needs that one.
        keep = from_public or training.watchdog.policy == "rollback" or (run.private and run.private.at_beginning)
        if restored is None and keep:
            save_checkpoint(run)
    run.workers.wait()
    side, replicas = run.dataset.resolution, run.strategy.num_replicas_in_sync
    # How many images the patients have is not public in a private run.
    images = "" if run.private else f" on {len(run.fold.images):,} images"
    log.info(
        f"training {run.experiment.gan.architecture} at {side}x{side}{images} with "
        f"{len(run.dataset.label_names)} labels{run.conditions.words}, "
        f"{replicas} replica{'s' if replicas > 1 else ''}, {run.gan.precision}"
    )
    warn_if_slow(run.gan.precision)
    return restored


def begin_private(run: RunState, restored: Restored | None) -> None:
    """Decides which noise the next steps get, before the first of them, and writes what is promised."""
    private = run.private
    if private.go_on(private.step_of(run.images_seen), restored is not None) and restored is not None:
        # In this order: whatever a kill leaves behind goes on with fresh noise.
        run.checkpoints.remove_after(restored.path)
        run.checkpoints.replace_extra(restored.path, run.extra())
    private.write_guarantee()
    log.info(private.words())
    if private.finished:
        log.warning(budget_words(private))


def roll_back(run: RunState, cause: TrainingDiverged) -> None:
    """Returns the run to its last good checkpoint with halved learning rates, or ends it. Records which of the two.

    Raises:
        RunError: The policy is `stop`, or the rollbacks are used up.
    """
    limits, tick, watchdog = run.experiment.training.watchdog, run.tick, run.watchdog
    where = f"{cause} between {tick.before:,} and {tick.after:,} images"
    event = {"images_seen": tick.after, "cause": str(cause)}
    done = len(watchdog.events)
    if limits.policy == "stop" or done >= limits.max_rollbacks:
        tried = f" after {done} rollback{'s' * (done > 1)}" if done else ""
        if run.workers.chief:
            record.write_events(run.folder, [*watchdog.events, {**event, "action": f"stopped{tried}"}])
        # The first worker still writes when the others are done.
        run.workers.part()
        raise RunError(
            f"training diverged: {where}{tried}; the last checkpoint is kept. Lower the learning rates "
            "(training.generator_learning_rate, training.discriminator_learning_rate) and run again with --restart"
            + ("" if limits.policy == "rollback" else ", or set training.watchdog.policy=rollback")
        )
    factor, events, diverse = watchdog.rate_factor / 2, watchdog.events, watchdog.diverse
    restored = run.restore(run.checkpoints.restore_latest(run.gan))
    if run.private:
        # Before anything shows that the run goes on with other learning rates: the old noise must not meet them.
        step = run.private.step_of(restored.images_seen)
        run.private.fork(step, "the watchdog went back, and the learning rates change")
        run.checkpoints.remove_after(restored.path)
    action = f"back to {restored.images_seen:,} images, learning rates times {factor:g}"
    # What the watchdog has learnt since then is not taken back.
    watchdog.events, watchdog.rate_factor, watchdog.diverse = [*events, {**event, "action": action}], factor, diverse
    if run.workers.chief:
        # At once, so that a kill before the next checkpoint does not forget it.
        run.checkpoints.replace_extra(restored.path, run.extra())
        record.write_events(run.folder, watchdog.events)
        record.drop_metrics_after(run.folder.metrics, restored.images_seen)
    run.workers.wait()
    if run.private and run.private.finished:
        log.warning(budget_words(run.private))
    log.warning(f"training diverged: {where}; {action} (rollback {done + 1} of {limits.max_rollbacks})")
