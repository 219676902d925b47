# Makes this instance a node of the swarm. CloudFormation hears how it went, good or bad.
umask 077
export AWS_DEFAULT_REGION="$REGION"

signal() {
  local code=$?
  trap - EXIT
  # Outside of a stack operation nobody waits for the signal, and it is refused.
  /opt/aws/bin/cfn-signal --exit-code "$code" --stack "$STACK" --resource "$RESOURCE" \
    --region "$REGION" || true
  exit "$code"
}
trap signal EXIT

# Runs a command until it works, with longer and longer waits, which differ from node to node. After
# eighteen minutes in all it gives up, while CloudFormation still listens.
retry() {
  local wait=2
  until "$@"; do
    if ((SECONDS > 1080)); then return 1; fi
    sleep "$((wait + RANDOM % 3))"
    wait=$((wait < 20 ? wait * 2 : 30))
  done
}

# Version 2 of the metadata service alone is on.
metadata() {
  local token
  token=$(curl -fsS -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' \
    http://169.254.169.254/latest/api/token) || return 1
  curl -fsS -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
}
INSTANCE=$(retry metadata instance-id)
ZONE=$(retry metadata placement/availability-zone)
TYPE=$(retry metadata instance-type)
ADDRESS=$(retry metadata local-ipv4)

# An image of one's own has Docker already; what it has must be the version that was asked for.
if ! command -v docker > /dev/null; then
  retry dnf install -y -q "docker-$DOCKER"
fi
install -d -m 0755 /etc/docker
cat > /etc/docker/daemon.json << JSON
{
  "labels": ["instance=$INSTANCE", "zone=$ZONE", "type=$TYPE"],
  "log-driver": "local"
}
JSON
systemctl enable docker
systemctl restart docker
VERSION=$(docker version --format '{{.Server.Version}}')
if [[ $VERSION != "${DOCKER%%-*}" ]]; then
  echo "Docker $VERSION is installed, and $DOCKER was asked for" >&2
  exit 1
fi

joined() {
  [[ $(docker info --format '{{.Swarm.LocalNodeState}}') == active ]]
}

# A join that takes too long goes on in the background: it is called off before the next one.
join() {
  local token
  if joined; then return 0; fi
  token=$(aws secretsmanager get-secret-value --secret-id "$TOKEN" \
    --query SecretString --output text) || return 1
  if [[ $token != SWMTKN-* ]]; then return 1; fi
  if timeout 60 docker swarm join --availability "$AVAILABILITY" --advertise-addr "$ADDRESS" \
    --token "$token" "$MANAGERS:2377"; then return 0; fi
  docker swarm leave --force || true
  return 1
}
