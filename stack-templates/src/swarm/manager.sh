
# One item of the table says who starts the swarm. It is taken by who finds none, and from who took
# it a quarter of an hour ago and did not get through. Once it says `started`, it stays.
lock() {
  local now answer
  now=$(date +%s)
  answer=$(aws dynamodb put-item --table-name "$LOCK" \
    --item '{"Id":{"S":"swarm"},"Holder":{"S":"'"$INSTANCE"'"},"Phase":{"S":"starting"},"Since":{"N":"'"$now"'"}}' \
    --condition-expression 'attribute_not_exists(Id) OR (Phase = :starting AND (Holder = :me OR Since < :late))' \
    --expression-attribute-values '{":starting":{"S":"starting"},":me":{"S":"'"$INSTANCE"'"},":late":{"N":"'"$((now - 900))"'"}}' \
    2>&1) && return 0
  if [[ $answer == *ConditionalCheckFailedException* ]]; then return 1; fi
  echo "$answer" >&2
  return 2
}

started() {
  aws dynamodb update-item --table-name "$LOCK" --key '{"Id":{"S":"swarm"}}' \
    --update-expression 'SET Phase = :started' --condition-expression 'Holder = :me' \
    --expression-attribute-values '{":started":{"S":"started"},":me":{"S":"'"$INSTANCE"'"}}'
}

# Whoever lost the lock meanwhile throws its swarm away: there is another.
start() {
  joined || docker swarm init --availability "$AVAILABILITY" --advertise-addr "$ADDRESS" \
    --default-addr-pool "$OVERLAY" --task-history-limit 3 || return 1
  for _ in 1 2 3 4; do
    if started; then return 0; fi
    sleep 3
  done
  docker swarm leave --force || true
  return 1
}

start_or_join() {
  local answer=0
  lock || answer=$?
  case $answer in
    0) start ;;
    1) join ;;
    *) return 1 ;;
  esac
}

retry start_or_join
joined

install -d -m 0700 /etc/swarm /var/lib/swarm
declare -p REGION SWARM RESOURCE INSTANCE MANAGER_TOKEN WORKER_TOKEN REBALANCE > /etc/swarm/settings
cat > /etc/systemd/system/swarm-tend.service << 'UNIT'
[Unit]
Description=Tend the swarm
After=docker.service network-online.target

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/swarm-tend
TimeoutStartSec=300
UNIT
cat > /etc/systemd/system/swarm-tend.timer << 'UNIT'
[Unit]
Description=Tend the swarm every half minute

[Timer]
OnBootSec=30
OnUnitInactiveSec=30

[Install]
WantedBy=timers.target
UNIT
systemctl daemon-reload
# Once right away: the tokens are there before this manager counts as ready.
retry /usr/local/sbin/swarm-tend
systemctl enable --now swarm-tend.timer
