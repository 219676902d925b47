// The same fleet as `fleet.rs`, as AWS CDK users write it: one shared stack, 500 stacks of a Fargate
// service behind a route of the shared load balancer. `node cdk.js OUTDIR`.
const { App, Stack, aws_ec2: ec2, aws_ecs: ecs, aws_logs: logs } = require("aws-cdk-lib");
const elb = require("aws-cdk-lib/aws-elasticloadbalancingv2");

const app = new App({ outdir: process.argv[2] });
const base = new Stack(app, "Base");
const vpc = new ec2.Vpc(base, "Network", { maxAzs: 3 });
const cluster = new ecs.Cluster(base, "Cluster", { vpc });
const edge = new elb.ApplicationLoadBalancer(base, "Edge", { vpc, internetFacing: true });
const listener = edge.addListener("Https", {
  port: 443,
  certificates: [{ certificateArn: "arn:aws:acm:eu-west-1:111122223333:certificate/x" }],
  defaultAction: elb.ListenerAction.fixedResponse(404),
});
for (let n = 1; n <= 500; n++) {
  const stack = new Stack(app, `Branch${n}`);
  const task = new ecs.FargateTaskDefinition(stack, "Task", { cpu: 256, memoryLimitMiB: 512 });
  task.addContainer("web", {
    image: ecs.ContainerImage.fromRegistry(`shop/web:branch-${n}`),
    environment: { BRANCH: `branch-${n}` },
    portMappings: [{ containerPort: 8080 }],
    logging: ecs.LogDrivers.awsLogs({
      streamPrefix: "web",
      logGroup: new logs.LogGroup(stack, "Logs"),
    }),
  });
  const service = new ecs.FargateService(stack, "Web", {
    cluster,
    taskDefinition: task,
    desiredCount: 1,
    securityGroups: [new ec2.SecurityGroup(stack, "Group", { vpc })],
  });
  const group = new elb.ApplicationTargetGroup(stack, "Targets", {
    vpc,
    port: 8080,
    protocol: elb.ApplicationProtocol.HTTP,
    targets: [service],
    healthCheck: { path: "/healthz" },
  });
  new elb.ApplicationListenerRule(stack, "Rule", {
    listener,
    priority: n,
    conditions: [elb.ListenerCondition.hostHeaders([`branch-${n}.preview.example`])],
    action: elb.ListenerAction.forward([group]),
  });
}
app.synth();
