"""The process of one part: ``python -m medgan_tf.machine.selfcheck.child MODULE FUNCTION DONE``.

The function gives the part's cases. DONE is a JSON list of the names of those that need not be measured again. Each
line of standard output is a JSON object: first the plan, then the beginning and the outcome of each case. So what was
measured stays when the process dies.
"""

import importlib
import os
import sys
import time
from dataclasses import asdict

from medgan_tf.files.json_files import parse_json
from medgan_tf.files.result_files import json_text
from medgan_tf.machine.selfcheck.cases import outcome_of
from medgan_tf.startup import quiet_tensorflow, use_onednn


def main(arguments: list[str]) -> None:
    """Measures the cases of a part, one after the other."""
    module, function, done = arguments[0], arguments[1], set(parse_json(arguments[2]))
    quiet_tensorflow()
    use_onednn()
    cases = getattr(importlib.import_module(module), function)()
    _say({"planned": [{"name": case.name, "demanded": case.demanded} for case in cases]})
    for case in cases:
        if case.name in done:
            continue
        _say({"begun": case.name})
        begun = time.perf_counter()
        outcome = outcome_of(case)
        seconds = round(time.perf_counter() - begun, 2)
        _say({"finished": {"name": case.name, "demanded": case.demanded, "seconds": seconds, **asdict(outcome)}})


def _say(line: dict) -> None:
    sys.stdout.write(json_text(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
    # Without the end of Python: to free large graphs takes seconds, and a driver may crash in it.
    os._exit(0)
