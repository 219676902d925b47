// Runs the AwsSolutions pack of cdk-nag over CloudFormation templates and prints a line of JSON for
// each finding: {"rule", "stack", "resource"}.
//
//   node nag.js Stack=path/to/Stack.json ...
const { App, Stack } = require("aws-cdk-lib");
const { CfnInclude } = require("aws-cdk-lib/cloudformation-include");
const { AwsSolutionsChecks } = require("cdk-nag");

const app = new App();
for (const argument of process.argv.slice(2)) {
  const [name, file] = argument.split("=");
  const stack = new Stack(app, name);
  new CfnInclude(stack, "Template", { templateFile: file });
}
const report = new AwsSolutionsChecks(app).validateScope(app);
for (const violation of report.violations) {
  for (const construct of violation.violatingConstructs ?? violation.violatingResources ?? []) {
    const [stack, , resource] = (construct.constructPath ?? construct.resourceLogicalId).split("/");
    console.log(JSON.stringify({ rule: violation.ruleName, stack, resource }));
  }
}
