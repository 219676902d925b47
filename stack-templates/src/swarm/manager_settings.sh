SWARM={{swarm}}
LOCK={{lock}}
MANAGER_TOKEN={{manager_token}}
WORKER_TOKEN={{worker_token}}
REBALANCE={{rebalance}}
OVERLAY={{overlay}}
