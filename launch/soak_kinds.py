"""The kinds of faults of launch/soak, and what each is promised: the table that a run is held to."""

import collections

SIGKILL = r"killed by signal 9 \(SIGKILL\)"
KILLED = rf"RANK on HOST: {SIGKILL}"
INJECTED = "warning: injected: "
STOPPED = r"stopped on request \(.*\) after \d+ steps?; go on with --resume "
SILENT = r"nothing has come from .*ranks? (\d+, )*NUMBER(, \d+)* \(HOST\)"
HANGS = rf"(RANK \(HOST\) has not |{SILENT})"
DIFFERS = r"step \d+: \S+ (on RANK \(HOST\) differs|differs among ranks .*\bNUMBER\b[^(]*\(HOST\))"
# What each kind is promised: statuses, a line with the rank and the host that were hurt, the seconds until the launcher has
# ended, the fewest ranks.
Promise = collections.namedtuple("Promise", "statuses line seconds ranks", defaults=(1,))
KINDS = {
    "inject kill in a step": Promise({1}, KILLED, 25),
    "inject kill at the start": Promise({1}, KILLED, 25),
    "inject kill in an evaluation": Promise({1}, KILLED, 25),
    "inject kill in a checkpoint": Promise({1}, KILLED, 25),
    "inject stop in a step": Promise({1}, HANGS, 25, 2),
    "inject stop in a checkpoint": Promise({1}, HANGS, 25, 2),
    # A rank without samples in the last batch of an epoch is noticed by the replica check.
    "inject NaN": Promise({1}, rf"the loss is nan; .* on RANK \(HOST\); .*; the last good checkpoint is |{DIFFERS}", 20),
    "inject flipped bit of a parameter": Promise({1}, DIFFERS, 20, 2),
    "inject flipped bit of a gradient": Promise({1}, r"the gradient of \S+ in microshard \d+ as RANK \(HOST\) ", 20, 2),
    "inject full disk": Promise({1}, r"cannot be written: No space left on device", 20),
    "SIGKILL to a rank in a step": Promise({1}, KILLED, 25),
    "SIGKILL to a rank at the start": Promise({1}, KILLED, 40),
    "SIGSTOP to a rank": Promise({1}, HANGS, 25, 2),
    "SIGTERM to the launcher": Promise({3}, STOPPED, 20),
    "SIGINT to the launcher": Promise({3}, STOPPED, 20),
    "SIGUSR1 to the launcher": Promise({3}, STOPPED, 20),
    "SIGTERM to the launcher at the start": Promise({3}, STOPPED, 20),
    "SIGTERM to mpirun": Promise({3}, STOPPED, 20),
    "SIGINT to mpirun": Promise({3}, STOPPED, 20),
    "SIGUSR1 to mpirun": Promise({3}, STOPPED, 20),
    "SIGTERM to a rank": Promise({3}, STOPPED, 20),
    "SIGINT to a rank": Promise({3}, STOPPED, 20),
    "SIGUSR1 to a rank": Promise({3}, STOPPED, 20),
    "SIGKILL to mpirun": Promise({1}, rf"mpirun was {SIGKILL}", 20),
    "SIGKILL to the launcher": Promise({-9}, "", 20),
    "flipped bit of the newest checkpoint": Promise({1}, "is damaged: .*; an earlier checkpoint is taken", 25),
}
# Faults that need other hosts.
FAR = {
    "inject cut": Promise({1}, SILENT, 25),
    "SIGKILL to a daemon": Promise({1}, "HOST: does not answer any more", 25),
}
# Faults that need a program that cuts a host off.
NETWORK = {
    "network down": Promise({1}, r"HOST: does not answer any more|nothing has come from .*\(HOST\)", 40),
    "network drop": Promise({1}, r"HOST: does not answer any more|nothing has come from .*\(HOST\)", 40),
}
