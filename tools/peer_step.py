"""Time cpD-GAN's training step beside PyTorch's, and beside that of another checkout, in turns.

PyTorch is no part of this toolkit. Make a scratch environment for it, anywhere outside the checkout, once:

    python3 -m venv peer && peer/bin/pip install torch --index-url https://download.pytorch.org/whl/cpu

Without that index, ``peer/bin/pip install torch`` takes some gigabytes more. Then

    medgan-tf peer-step --peer-python peer/bin/python

starts a process of each, and they do one step after the other. What the environment runs is
medgan_tf/machine/peer/torch_worker.py: the same networks, losses and optimizer, eager, in the format channels_last.
"""

import itertools
import sys
from dataclasses import asdict
from pathlib import Path

import click

import medgan_tf
from medgan_tf.console.options import echo_result, json_option, run, tool_command
from medgan_tf.console.speeds import PEER_COLUMNS, peer_row


@tool_command("peer-step")
@click.option("--peer-python", type=click.Path(exists=True, dir_okay=False), help="Interpreter that has PyTorch.")
@click.option("--peer-plain", is_flag=True, help="Take PyTorch with unfused resampling too: 9 products, not 4.")
@click.option("--checkout", type=click.Path(exists=True, file_okay=False), help="Another checkout of this project.")
@click.option("--compiled", is_flag=True, help="Take our step compiled by XLA as a whole too.")
@click.option("--channels", type=click.IntRange(8), multiple=True, default=(64, 128), help="Width; may be repeated.")
@click.option("--batch", type=click.IntRange(4), default=32, help="Images per step.")
@click.option("--resolution", type=click.Choice(["16", "32", "64", "128"]), default="32", help="Pixels.")
@click.option(
    "--precision", type=click.Choice(["float32", "mixed_bfloat16", "both"]), default="both", help="Number format."
)
@click.option("--threads", type=click.IntRange(1), default=1, help="Threads of an operation.")
@click.option("--steps", type=click.IntRange(1), default=10, help="Timed steps of each, after three that do not count.")
@json_option
def command(
    peer_python, peer_plain, checkout, compiled, channels, batch, resolution, precision, threads, steps, as_json
):
    """Time cpD-GAN's training step beside PyTorch's, and beside that of another checkout, in turns.

    The head of tools/peer_step.py says how to make an environment with PyTorch. `to ours` is the median time of a step
    divided by that of ours: above 1, ours is faster. Let nothing else run meanwhile; where something does, CPU seconds
    say more than wall seconds, and the quickest step more than the median.

    \b
    Examples:
      medgan-tf peer-step --peer-python peer/bin/python
      medgan-tf peer-step --checkout ../before --channels 128 --precision mixed_bfloat16 --steps 20
    """
    from medgan_tf.errors import ConfigError
    from medgan_tf.machine.peer.turns import Participant, take_turns

    if batch % 4:
        raise ConfigError(f"--batch must be a multiple of 4, the group size. Received: batch={batch}")
    here = Path(medgan_tf.__file__).resolve().parent.parent
    participants = [Participant("ours", sys.executable, "own_worker.py", here)]
    if compiled:
        participants.append(Participant("ours, XLA", sys.executable, "own_worker.py", here, "xla"))
    if checkout:
        participants.append(Participant("checkout", sys.executable, "own_worker.py", Path(checkout).resolve()))
    if peer_python:
        participants.append(Participant("PyTorch", peer_python, "torch_worker.py"))
        if peer_plain:
            participants.append(Participant("PyTorch, plain", peer_python, "torch_worker.py", None, "plain"))
    precisions = ("float32", "mixed_bfloat16") if precision == "both" else (precision,)
    if not as_json:
        click.echo("  ".join(f"{name:>14}" for name in PEER_COLUMNS))
    rows = []
    for width, number_format in itertools.product(channels, precisions):
        setting = [str(width), str(batch), resolution, number_format, str(threads)]
        found = take_turns(participants, setting, steps)
        for name, turns in found.items():
            rows.append({"channels": width, "precision": number_format, "who": name, **asdict(turns)})
            if not as_json:
                click.echo(peer_row((width, number_format, name), batch, turns, found["ours"]))
    if as_json:
        echo_result({"peer_step": rows}, True, "")


if __name__ == "__main__":
    run(command)
