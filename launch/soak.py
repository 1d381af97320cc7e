"""The faults of launch/soak, which calls it.

A series trains one run: launched, hurt, resumed on another number of ranks, until it ends. After each fault: the launcher has
ended within its deadline, with the status and the line that are promised; no process of the run is left, and nothing in
shared memory or the temporary directory, on any host. At the end of a series: the digest is that of a run without faults;
`metrics.jsonl` has each step once and in order, each with the loss of that run, digit by digit, so that no sample was used twice
or missed; `lockstep audit` reproduces it.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from soak_hosts import Hosts
from soak_kinds import FAR, INJECTED, KINDS, NETWORK
from soak_launch import ROOT, Launch

STEPS = 120


class Soak:
    def __init__(self, faults, seed, hosts, network, kinds):
        self.kinds = kinds
        self.random, self.seed, self.hosts, self.network = random.Random(seed), seed, hosts, network
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="lockstep-soak-"))
        self.launches, self.problems, self.series = 0, [], 0
        self.rows = collections.defaultdict(list)
        self.left = collections.Counter()
        deck = [kind for _ in range(-(-faults // len(kinds))) for kind in self.random.sample(list(kinds), len(kinds))]
        self.deck = deck[:faults]
        output = self.base / "quiet"
        status, text = self.launch(1, output).end(300)
        if status != 0:
            sys.exit(f"soak: the run without faults ended with status {status}: {text}")
        self.quiet = self.account(output)
        self.digest = self.quiet[1]

    def launch(self, ranks, output, more=()):
        self.launches += 1
        hosts, layout = (self.hosts, self.layout) if ranks > 1 else (None, None)
        return Launch(self.base, self.launches, ranks, output, list(more), hosts, layout)

    def next_ranks(self):
        """Another number of ranks, and of hosts, than the launch before."""
        if not self.hosts:
            self.layout = None
            return self.launches % 4 + 1
        self.layout = self.hosts.layouts[self.launches % len(self.hosts.layouts)]
        return self.layout[0] * self.layout[1]

    def draw(self, ranks):
        """The rank that is hurt: one on another host, if there are any."""
        return self.random.randrange(self.layout[1] if self.layout else 0, ranks)

    @staticmethod
    def account(output):
        """The steps with the digits of their losses, and the digest at the end."""
        lines = (output / "metrics.jsonl").read_text().splitlines()
        steps = [re.match(r'{"event": "step", "step": (\d+), .*?"loss": ([^,}]+)', line) for line in lines]
        ends = [json.loads(line)["digest"] for line in lines if line.startswith('{"event": "end"')]
        return [match.groups() for match in steps if match], ends[-1] if ends else None

    def problem(self, kind, text, log):
        self.problems.append(f"{kind}: {text}")
        print(f"    NOT AS PROMISED: {text}\n    " + "\n    ".join(log.strip().splitlines()[-12:]), flush=True)

    # MARK: - Faults

    def specification(self, kind, rank, step):
        """The --inject of a kind."""
        moment = {"start": "start", "evaluation": "evaluation", "checkpoint": "checkpoint"}.get(kind.split()[-1], "step")
        if kind == "inject NaN":
            return [f"nan:rank={rank},step={step},tensor={self.random.choice(['0.weight', '5.bias', '15.weight'])}"]
        if kind == "inject flipped bit of a parameter":
            return [f"bitflip:tensor={self.random.choice(['0.bias', '1.weight', '4.weight'])},rank={rank},step={step}"]
        if kind == "inject flipped bit of a gradient":
            return [f"bitflip:gradient,rank={rank},step={step}"]
        if kind == "inject full disk":
            return [f"enospc:step={step}"]
        name = kind.split()[1]
        if name == "cut":
            return [f"cut:rank={rank},step={step}"]
        return [f"{name}:rank={rank},step={step},at={moment}"]

    def hurt(self, launch, kind, target, rank):
        """Does what the kind does from outside; returns whether it could, and where."""
        name, _, rest = kind.partition(" to ")
        at_start = kind.endswith("at the start")
        pause = self.random.uniform(0, 0.1) if at_start else 0
        place = f"{1000 * pause:.0f} ms after its start" if at_start else ""
        if not at_start:
            if not launch.wait_for(lambda: launch.step() >= target):
                return False, ""
            place = f"after step {launch.step()}"
        if kind.startswith("network"):
            subprocess.run([self.network, kind.split()[1], launch.host(rank)], check=True)
            return True, f"{place}, {launch.host(rank)}"
        number = getattr(signal, name)
        if "rank" in rest or "daemon" in rest:
            return launch.send(rank, "daemon" in rest, number, 60 * at_start, pause), f"{place}, rank {rank}"
        if at_start:
            launch.wait_for(launch.mpirun)
            time.sleep(pause)
        process = launch.process.pid if "launcher" in rest else launch.mpirun()
        if process is None:
            return False, ""
        os.kill(process, number)
        return True, place

    def flip(self, output):
        """Flips a bit of the numbers of the newest checkpoint."""
        newest = sorted(output.glob("checkpoints/*.safetensors"))[-1]
        data = bytearray(newest.read_bytes())
        place = self.random.randrange(len(data) // 2, len(data))
        data[place] ^= 1 << self.random.randrange(8)
        newest.write_bytes(data)
        return newest.stem

    def fault(self, output, ranks):
        """Lets the run meet the next kind of the deck that such a run can meet; returns whether the run goes on."""
        steps = sorted(int(p.stem[5:]) for p in output.glob("checkpoints/*.safetensors"))
        begun = steps[-1] if steps else 0
        def fits(kind):
            if self.kinds[kind].ranks > ranks or kind.startswith("flipped bit") and len(steps) < 3:
                return False
            return begun < STEPS - 26
        kind = next((kind for kind in self.deck if fits(kind)), None)
        if kind is None:
            return False
        self.deck.remove(kind)
        promise, target, rank = self.kinds[kind], begun + self.random.randint(2, 20), self.draw(ranks)
        more, place = [], ""
        if kind.startswith("inject"):
            specification = self.specification(kind, rank, target)
            more, place = ["--inject", *specification], specification[0]
        if "gradient" in kind:
            more += ["--set", "verify.every_steps=1"]
        if kind == "inject NaN":
            # The replica check, which looks at one rank's NaN first, would tell of a rank that differs.
            more += ["--set", "desync_check.every_steps=1000"]
        if kind.startswith("flipped bit"):
            place = self.flip(output)
            more = ["--inject", f"kill:rank={rank},step={target}"]
        (output / ".injected").unlink(missing_ok=True)
        launch = self.launch(ranks, output, more)
        fired = True
        if not more:
            fired, place = self.hurt(launch, kind, target, rank)
        else:
            fired = launch.wait_for(lambda: INJECTED in launch.log.read_text(errors="replace"), 90)
            fired = fired or INJECTED in launch.log.read_text(errors="replace")
        began = time.monotonic()
        status, text = launch.end(promise.seconds if fired else 60)
        seconds = time.monotonic() - began
        early = []
        if kind.startswith("network"):
            early = launch.ranks_left(5)
            subprocess.run([self.network, "heal", launch.host(rank)], check=True)
        if not fired and status == 0:
            # The run was done before: it counts for nothing, and comes again.
            self.deck.append(kind)
            launch.leftovers(5)
            return False
        on = f" on {len(launch.names)} hosts" if self.hosts else ""
        number = sum(map(len, self.rows.values())) + 1
        print(f"{number:3} {kind}: {place}; ranks: {ranks}{on}; status {status} after {seconds:.1f} s", flush=True)
        before = len(self.problems)
        if not fired:
            self.problem(kind, "it did not fire", text)
        if status is None:
            self.problem(kind, f"the launcher has not ended within {promise.seconds} s", text)
        elif status not in promise.statuses:
            self.problem(kind, f"status {status}, expected {sorted(promise.statuses)}", text)
        line = promise.line.replace("RANK", f"rank {rank}").replace("NUMBER", str(rank)).replace("HOST", Hosts.short(launch.host(rank)))
        if not re.search(line, text):
            self.problem(kind, f"no line with {line}", text)
        # What was cut off, or had nobody any more to end it, notices by itself.
        killed = kind in ("SIGKILL to mpirun", "SIGKILL to the launcher", "SIGKILL to a daemon")
        began = time.monotonic()
        left = early + launch.leftovers(20 if killed or kind.startswith("network") else 2)
        if (gone := time.monotonic() - began) > 2:
            print(f"    the last of it ended {gone:.1f} s after the launcher", flush=True)
        if killed or kind.startswith("network"):
            # What cannot clean up behind itself leaves files, but no process.
            self.left[kind, re.sub(r"\d+|-\w{6}$", "N", " and ".join(sorted(left)) or "nothing")] += 1
            left = [each for each in left if each.startswith("process")]
        if left:
            self.problem(kind, f"left behind: {', '.join(left)}", text)
        self.rows[kind].append((len(self.problems) == before, seconds, status))
        return status != 0

    # MARK: - Series

    def train(self):
        """Trains one run to its end through faults."""
        self.series += 1
        output, faults = self.base / f"run-{self.series}", 0
        while self.deck:
            if not self.fault(output, self.next_ranks()):
                break
            faults += 1
        launch = self.launch(self.next_ranks(), output)
        status, text = launch.end(300)
        before = len(self.problems)
        if status != 0:
            return self.problem("the end of a series", f"status {status}", text)
        launch.leftovers(5)
        steps, digest = self.account(output)
        if digest != self.digest:
            self.problem("the end of a series", f"digest {digest}, expected {self.digest}", text)
        if [number for number, _ in steps] != [str(step + 1) for step in range(STEPS)]:
            self.problem("the end of a series", f"the log's steps are {[number for number, _ in steps]}", text)
        if steps != self.quiet[0]:
            self.problem("the end of a series", "the log has other losses than the run without faults", text)
        audit = subprocess.run(
            [str(ROOT / ".build/release/lockstep"), "launch", "-n", "2", "audit", str(output)], cwd=ROOT,
            capture_output=True, text=True)  # fmt: skip
        if audit.returncode != 0:
            self.problem("the audit of a series", f"status {audit.returncode}", audit.stdout + audit.stderr)
        good = "as promised" if before == len(self.problems) else "NOT AS PROMISED"
        print(f"run {self.series}: done after faults: {faults}; digest, {len(steps)} steps, losses, audit: {good}", flush=True)

    def run(self):
        began = time.monotonic()
        while self.deck:
            self.train()
        print("\n| kind | faults | as promised | slowest end, s | statuses |\n|---|---|---|---|---|")
        for kind in self.kinds:
            if rows := self.rows[kind]:
                statuses = ", ".join(map(str, sorted({str(status) for _, _, status in rows})))
                good, slowest = sum(row[0] for row in rows), max(row[1] for row in rows)
                print(f"| {kind} | {len(rows)} | {good} | {slowest:.1f} | {statuses} |")
        for (kind, left), count in sorted(self.left.items()):
            print(f"left in the temporary directory and /dev/shm after {kind}, {count} times: {left}")
        faults = sum(map(len, self.rows.values()))
        minutes = (time.monotonic() - began) / 60
        print(f"faults: {faults}, seed: {self.seed}, runs: {self.series}, minutes: {minutes:.1f}, "
              f"not as promised: {len(self.problems)}")  # fmt: skip
        if self.problems:
            print(f"kept: {self.base}")
            sys.exit(1)
        shutil.rmtree(self.base)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        sys.stderr.write(f"soak: {message}; launch/soak --help tells more\n")
        sys.exit(2)


if __name__ == "__main__":
    parser = Parser(prog="soak", add_help=False)
    parser.add_argument("faults", nargs="?", type=int, default=60)
    parser.add_argument("seed", nargs="?", type=int, default=1)
    parser.add_argument("--hostfile", type=Hosts)
    parser.add_argument("--network")
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    if given.faults < 1:
        parser.error(f"FAULTS {given.faults}: expected at least 1")
    kinds = KINDS | (FAR if given.hostfile else {}) | (NETWORK if given.hostfile and given.network else {})
    kinds = {kind: promise for kind, promise in kinds.items() if re.search(given.only, kind)}
    if not kinds:
        parser.error(f"--only {given.only}: fits no kind of fault")
    os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    Soak(given.faults, given.seed, given.hostfile, given.network, kinds).run()
