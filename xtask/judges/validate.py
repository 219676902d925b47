# Runs AWS's own validator, AWS's Guard rules and our own over CloudFormation templates, in one
# process, and prints a line of JSON for each finding: {"tool", "rule", "template", "resource", "text"}.
# Notes are left out.
#
#   python validate.py <folder of Guard rules> path/to/Template.json ...
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cloudformation_validate import (
    CompositeEngine,
    CompositeEngineConfig,
    DetailLevel,
    ReportStatus,
    RuleOrigin,
    Severity,
    ValidateConfig,
    file_to_external_rule_source,
)

folder, templates = Path(sys.argv[1]), sys.argv[2:]
used = set()
for template in templates:
    resources = json.loads(Path(template).read_text())["Resources"]
    used.update(it["Type"] for it in resources.values())

# Every rule costs time on every template: those about other types are left out.
rules = [
    it
    for it in sorted(folder.rglob("*.guard"))
    if used & set(re.findall(r"\w+::\w+::\w+", it.read_text()))
]
if not rules:
    sys.exit(f"no rule in {folder} is about any of these templates")
rules.append(Path(__file__).with_name("own.guard"))
sources = [file_to_external_rule_source(it) for it in rules]
engine = CompositeEngine(CompositeEngineConfig(guard_rules=sources))
config = ValidateConfig(severity_level=Severity.WARN, detail_level=DetailLevel.STANDARD)


def judge(template):
    return template, engine.validate_template(template, config)


with ThreadPoolExecutor() as threads:
    for template, report in threads.map(judge, templates):
        if report.status != ReportStatus.OK:
            sys.exit(f"{template} was not read to its end: {report.status.name}")
        found = set()
        for it in report.diagnostics:
            resource = it.entity.logical_id if it.entity else ""
            # Guard names each clause that failed; the rule says enough.
            if it.source != RuleOrigin.GUARD:
                found.add(("validate", it.rule_id, resource, f"{it.property_path}: {it.message}"))
            elif it.category == "guard:own":
                found.add(("own", it.rule_id, resource, ""))
            else:
                # `guard:ct_ecs_pr_7` is what AWS's documentation calls CT.ECS.PR.7.
                name = it.category.removeprefix("guard:").replace("_", ".").upper()
                found.add(("guard", name, resource, ""))
        for tool, rule, resource, text in sorted(found):
            line = {"tool": tool, "rule": rule, "template": template, "resource": resource}
            print(json.dumps(line | {"text": text}))
