#!/bin/bash
# Runs on every manager, every half minute. Each says that it is alive; the leader also publishes
# the tokens, empties nodes that are about to go, takes away dead ones and uses new ones.
set -euo pipefail
umask 077
# shellcheck source=/dev/null
source /etc/swarm/settings
: "${REGION:?}" "${SWARM:?}" "${RESOURCE:?}" "${INSTANCE:?}" "${MANAGER_TOKEN:?}" "${WORKER_TOKEN:?}"
: "${REBALANCE:?}"
export AWS_DEFAULT_REGION="$REGION"
STATE=/var/lib/swarm

# A manager without a majority cannot list nodes: it is as good as dead.
alive=0
if timeout 20 docker node ls -q > /dev/null 2>&1; then alive=1; fi
aws cloudwatch put-metric-data --namespace Swarm --metric-name Alive --value "$alive" \
  --dimensions "Swarm=$SWARM,Manager=$RESOURCE" || true
if [[ $alive == 0 ]]; then exit 0; fi
if [[ $(docker node inspect self --format '{{.ManagerStatus.Leader}}') != true ]]; then exit 0; fi

# The secret follows the token, also after `docker swarm join-token --rotate`.
publish() {
  local file="$STATE/$1.token"
  docker swarm join-token -q "$1" | tr -d '\n' > "$file.new"
  if cmp -s "$file.new" "$file"; then return 0; fi
  aws secretsmanager put-secret-value --secret-id "$2" --secret-string "file://$file.new" > /dev/null
  mv "$file.new" "$file"
}
publish manager "$MANAGER_TOKEN"
publish worker "$WORKER_TOKEN"

# What Auto Scaling knows: a line for each group, then one for each of its instances.
declare -A group_of state_of
listing=$(aws autoscaling describe-auto-scaling-groups --filters "Name=tag:swarm,Values=$SWARM" \
  --query 'AutoScalingGroups[].[AutoScalingGroupName,Instances[].[InstanceId,LifecycleState]]' \
  --output text)
group=
while read -r first second; do
  if [[ -z $second ]]; then
    group=$first
  elif [[ $first == i-* ]]; then
    group_of[$first]=$group
    state_of[$first]=$second
  fi
done <<< "$listing"
# Without this very instance in it, the answer is not to be acted upon.
if [[ -z ${group_of[$INSTANCE]-} ]]; then exit 0; fi

action() {
  aws autoscaling "$1" --lifecycle-hook-name leave --auto-scaling-group-name "$2" \
    --instance-id "$3" "${@:4}"
}

# Empties a node whose instance is about to go; one step at a time, as often as this runs.
release() {
  local node=$1 instance=$2 role=$3 status=$4 availability=$5 group=${group_of[$2]} tasks
  if [[ $availability != drain ]]; then docker node update --availability drain "$node"; fi
  # The leader that demotes itself leaves the rest to the next one. The last manager stays one.
  if [[ $role == manager && $managers -gt 1 ]]; then
    docker node demote "$node"
    managers=$((managers - 1))
    return 0
  fi
  tasks=$(docker node ps "$node" --format '{{.CurrentState}}') || return 1
  if [[ $status == ready && $tasks == *Running* ]]; then
    action record-lifecycle-action-heartbeat "$group" "$instance"
  else
    action complete-lifecycle-action "$group" "$instance" --lifecycle-action-result CONTINUE
  fi
}

forget() {
  if [[ $2 == manager ]]; then docker node demote "$1"; fi
  docker node rm --force "$1"
}

# An instance that runs without its node being heard of, for so many minutes, is replaced. When half
# of the swarm is silent, the network is to blame and nothing is done.
give_up() {
  local instance=$1 minutes=$2 mark="$STATE/silent-$1"
  if [[ ! -e $mark ]]; then touch "$mark"; fi
  if [[ -z $(find "$mark" -mmin "+$minutes") || $((2 * down)) -ge $total ]]; then return 0; fi
  aws autoscaling set-instance-health --instance-id "$instance" --health-status Unhealthy
  rm -f "$mark"
}

# Tasks that run are never moved by the swarm itself: services of two tasks and more are started
# anew, as their own update settings say. The label `rebalance=never` leaves one alone.
spread_out() {
  local service wish tasks update
  for service in $(docker service ls --filter mode=replicated -q); do
    IFS='|' read -r wish tasks update < <(docker service inspect "$service" --format \
      '{{index .Spec.Labels "rebalance"}}|{{.Spec.Mode.Replicated.Replicas}}|{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}')
    if [[ $wish == never || $update == updating || ${tasks:-0} -lt 2 ]]; then continue; fi
    docker service update --force --detach --quiet "$service" || true
  done
}

mapfile -t ids < <(docker node ls -q)
nodes=$(docker node inspect "${ids[@]}" --format \
  '{{.ID}}|{{index .Description.Engine.Labels "instance"}}|{{.Spec.Role}}|{{.Status.State}}|{{.Spec.Availability}}|{{index .Spec.Labels "settled"}}')
total=0 down=0 managers=0 leaving=0 fresh=()
declare -A known
while IFS='|' read -r node instance role status availability settled; do
  known[${instance:-none}]=1
  total=$((total + 1))
  if [[ $status == down ]]; then down=$((down + 1)); fi
  if [[ $role == manager ]]; then managers=$((managers + 1)); fi
done <<< "$nodes"
while IFS='|' read -r node instance role status availability settled; do
  instance=${instance:-none}
  if [[ $status != down ]]; then rm -f "$STATE/silent-$instance"; fi
  case ${state_of[$instance]-gone}/$status in
    Terminating*)
      leaving=1
      if [[ ${state_of[$instance]} == Terminating:Wait ]]; then
        release "$node" "$instance" "$role" "$status" "$availability" || true
      fi
      ;;
    gone/down) forget "$node" "$role" || true ;;
    InService/down) give_up "$instance" 5 || true ;;
    InService/ready)
      if [[ $availability == active && -z $settled ]]; then fresh+=("$node"); fi
      ;;
  esac
done <<< "$nodes"

# Who never joined.
for instance in "${!state_of[@]}"; do
  if [[ ${state_of[$instance]} == InService && -z ${known[$instance]-} ]]; then
    give_up "$instance" 20 || true
  fi
done

if [[ ${#fresh[@]} -gt 0 && $leaving == 0 ]]; then
  for node in "${fresh[@]}"; do docker node update --label-add settled=yes "$node"; done
  if [[ $REBALANCE == yes ]]; then spread_out; fi
fi
