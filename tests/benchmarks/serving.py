"""The loop of a worker: one task a line as JSON, and one line of JSON for each. It imports nothing but Python."""

from __future__ import annotations

import json
import sys


def serve(worker: object) -> None:
    """Do tasks, which are the worker's methods by name, until there are no more lines."""
    # What others print as they go would stand among the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        answer = getattr(worker, task.pop("task"))(**task)
        print(json.dumps(answer), file=answers, flush=True)
