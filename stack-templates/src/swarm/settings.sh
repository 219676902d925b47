# What this instance is to know, one value a line.
STACK={{stack}}
RESOURCE={{resource}}
REGION={{region}}
MANAGERS={{managers}}
TOKEN={{token}}
DOCKER={{docker}}
AVAILABILITY={{availability}}
