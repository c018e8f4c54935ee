"""The plan of a training as text for terminals."""

from medgan_tf.machine.plan import TrainingPlan
from medgan_tf.presentation.durations import duration


def plan_text(plan: TrainingPlan) -> str:
    """Phases, checkpoints, sample grids and ticks with times, then sums of time, memory and disk; other stages."""
    lines = [
        f"{plan.name}: {plan.architecture}",
        f"{'phase':>14} {'images':>11} {'batch':>6} {'img/s':>9} {'GFLOP/img':>10}",
    ]
    for phase in plan.phases:
        name = f"{phase.resolution}x{phase.resolution}" + (" fade" if phase.fading else "")
        lines.append(
            f"{name:>14} {phase.images:11,} {phase.batch:6} {phase.images_per_second:9.1f} "
            f"{phase.gflop_per_image:10.3f}  {duration(phase.seconds)}"
        )
    lines += [
        f"  {plan.checkpoints:,} checkpoints of {plan.checkpoint_seconds:.2f} s, {plan.grids:,} sample grids of "
        f"{plan.grid_seconds:.2f} s, {plan.ticks:,} ticks of {plan.tick_seconds:.2f} s",
        f"  time    {duration(plan.seconds)}  ({plan.operations / 1e3:,.0f} TFLOP)",
        f"  memory  {plan.memory_gib:.2f} GiB of {plan.available_memory_gib:.1f} available"
        + (f", GPU {plan.gpu_memory_gib:.2f} GiB" if plan.gpu_memory_gib else ""),
        f"  disk    {plan.disk_gib:.2f} GiB of {plan.free_disk_gib:.1f} free",
        *(plan.others.lines() if plan.others else []),
    ]
    return "\n".join(lines)
