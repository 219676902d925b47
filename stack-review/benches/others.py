"""How long another tool takes for each of some templates: processor time, in one process, on one
core, its rules loaded before.

    python3 others.py cfn-lint|cloudformation-validate TEMPLATE…

Prints a line of seconds per template, in their order; the first one is judged once more before
that, so that nothing is loaded while the clock runs.
"""

import os
import sys
import time


def cfn_lint():
    import logging

    from cfnlint.api import lint
    from cfnlint.core import get_rules

    logging.disable(logging.CRITICAL)
    rules = get_rules([], [], ["I", "W", "E"], include_experimental=False)

    def judge(path):
        with open(path) as file:
            lint(file.read(), rules, ["us-east-1"])

    return judge


def validate():
    from cloudformation_validate import (
        CompositeEngine,
        CompositeEngineConfig,
        DetailLevel,
        Severity,
        ValidateConfig,
    )

    engine = CompositeEngine(CompositeEngineConfig(guard_rules=[]))
    config = ValidateConfig(severity_level=Severity.WARN, detail_level=DetailLevel.STANDARD)
    return lambda path: engine.validate_template(path, config)


def main():
    tool, templates = sys.argv[1], sys.argv[2:]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    judge = {"cfn-lint": cfn_lint, "cloudformation-validate": validate}[tool]()
    for number, path in enumerate(templates[:1] + templates):
        started = time.process_time()
        try:
            judge(path)
        except Exception as error:  # What it cannot judge takes its time too.
            print(f"{path}: {error!r}", file=sys.stderr)
        if number > 0:
            print(time.process_time() - started)


main()
