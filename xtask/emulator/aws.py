# AWS's own command line, kept running: starting it costs more than most of its calls.
#
# Reads a line of JSON {"arguments": [...], "environment": {...}} and answers with a line
# {"code": 0, "stdout": "...", "stderr": "..."}, until standard input ends. Its waiters, which look
# every 5 or 30 seconds, look every 50 milliseconds: nothing else is changed.
import io
import json
import os
import sys
import time
import types
from contextlib import redirect_stderr, redirect_stdout

import botocore.waiter
from awscli.clidriver import create_clidriver

PAUSE = 0.05
botocore.waiter.time = types.SimpleNamespace(sleep=lambda _seconds: time.sleep(PAUSE))


def run(arguments):
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = create_clidriver().main(arguments)
        except SystemExit as ends:
            code = ends.code if isinstance(ends.code, int) else 1
    text = [it.buffer.getvalue().decode("utf-8", "replace") for it in (out, err)]
    return {"code": code or 0, "stdout": text[0], "stderr": text[1]}


for line in sys.stdin:
    asked = json.loads(line)
    os.environ.update(asked["environment"])
    print(json.dumps(run(asked["arguments"])), flush=True)
