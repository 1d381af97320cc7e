"""The faults of launch/soak, which calls it: python3 soak.py FAULTS SEED.

A series trains one run: launched, hurt, resumed on another number of ranks, until it ends. After each fault: the launcher has
ended within its deadline, with the status and the line that are promised; no process of the run is left, and nothing in
shared memory or the temporary directory. At the end of a series: the digest is that of a run without faults; `metrics.jsonl`
has each step once and in order, each with the loss of that run, digit by digit, so that no sample was used twice or missed;
`lockstep audit` reproduces it.
"""

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

ROOT = pathlib.Path(__file__).resolve().parent.parent
HOST = re.escape(os.uname().nodename.split(".")[0])
TRAIN = [
    "train", "configs/lenet-glyphs.yaml", "--set", "data={name: glyphs, train_samples: 1500, test_samples: 500}",
    "--set", "batch={size: 64, microshards: 8}", "--set", "epochs=5", "--set", "checkpoint.every_steps=5",
    "--set", "desync_check.every_steps=1", "--set", "watchdog.timeout_seconds=3",
]  # fmt: skip
STEPS = 120
KILLED = rf"killed by signal 9 \(SIGKILL\)"
INJECTED = "warning: injected: "
STOPPED = r"stopped on request \(.*\) after \d+ steps?; go on with --resume "
# What each kind is promised: statuses, a line, the seconds until the launcher has ended, the fewest ranks.
Promise = collections.namedtuple("Promise", "statuses line seconds ranks", defaults=(1,))
KINDS = {
    "inject kill in a step": Promise({1}, KILLED, 25),
    "inject kill at the start": Promise({1}, KILLED, 25),
    "inject kill in an evaluation": Promise({1}, KILLED, 25),
    "inject kill in a checkpoint": Promise({1}, KILLED, 25),
    "inject stop in a step": Promise({1}, rf"rank \d+ \({HOST}\) has not ", 25, 2),
    "inject stop in a checkpoint": Promise({1}, rf"rank \d+ \({HOST}\) has not ", 25, 2),
    "inject NaN": Promise({1}, r"the loss is nan; the first such number is in .*; the last good checkpoint is ", 20),
    "inject flipped bit of a parameter": Promise({1}, r"step \d+: \S+ (on rank \d+ .*)?differs ", 20, 2),
    "inject flipped bit of a gradient": Promise({1}, r"the gradient of \S+ in microshard \d+ as rank \d+ ", 20, 2),
    "inject full disk": Promise({1}, r"cannot be written: No space left on device", 20),
    "SIGKILL to a rank in a step": Promise({1}, KILLED, 25),
    "SIGKILL to a rank at the start": Promise({1}, KILLED, 40),
    "SIGSTOP to a rank": Promise({1}, rf"rank \d+ \({HOST}\) has not ", 25, 2),
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
    "SIGKILL to mpirun": Promise({1}, rf"mpirun was {KILLED}", 20),
    "SIGKILL to the launcher": Promise({-9}, "", 20),
    "flipped bit of the newest checkpoint": Promise({1}, "is damaged: .*; an earlier checkpoint is taken", 25),
}


def processes(tag):
    """The processes whose environment has the tag: by number, name and rank; zombies have none."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
            if tag.encode() in variables:
                rank = [v.split(b"=")[1] for v in variables if v.startswith(b"OMPI_COMM_WORLD_RANK=")]
                jobs = [v.split(b"=")[1] for v in variables if v.startswith(b"PMIX_NAMESPACE=")]
                name = (entry / "comm").read_text().strip()
                found[int(entry.name)] = (name, int(rank[0]) if rank else None, jobs[0].decode() if jobs else None)
        except (OSError, ValueError):
            continue
    return found


class Launch:
    """One start of the run by the launcher, with a temporary directory of its own."""

    def __init__(self, base, number, ranks, output, more):
        self.tag = f"LOCKSTEP_SOAK={base.name}-{number}"
        self.temporary = base / f"tmp-{number}"
        self.temporary.mkdir()
        self.metrics, self.ranks, self.jobs = output / "metrics.jsonl", ranks, set()
        self.log = base / f"log-{number}"
        environment = dict(os.environ, TMPDIR=str(self.temporary), LOCKSTEP_SOAK=self.tag.split("=")[1])
        command = [str(ROOT / ".build/release/lockstep"), "launch", "-n", str(ranks), *TRAIN, "--output", str(output)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command + ["--resume", "auto"] + more, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)  # fmt: skip

    def step(self):
        try:
            steps = re.findall(r'"event": "step", "step": (\d+)', self.metrics.read_text())
            return int(steps[-1]) if steps else 0
        except OSError:
            return 0

    def wait_for(self, condition, seconds=60):
        """Whether the condition came about before the launcher ended."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.003)
        return False

    def find(self, name, rank=None):
        found = processes(self.tag)
        self.jobs |= {job for _, _, job in found.values() if job}
        return next((p for p, (n, r, _) in found.items() if n.startswith(name) and r == rank), None)

    def end(self, seconds):
        """Waits; returns the status, None if it took too long, and all that was printed."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self.jobs |= {job for _, _, job in processes(self.tag).values() if job}
            time.sleep(0.05)
        return self.process.poll(), self.log.read_text(errors="replace")

    def leftovers(self, seconds):
        """What is left once the launcher has ended, after some seconds at most; it is removed."""
        deadline = time.monotonic() + seconds
        while (left := processes(self.tag)) and time.monotonic() < deadline:
            time.sleep(0.05)
        result = [f"process {number} ({name}, rank {rank})" for number, (name, rank, _) in left.items()]
        for number in left:
            os.kill(number, signal.SIGKILL)
        segments = [f".{int(job):x}." for job in self.jobs if job.isdigit()]
        shared = [p for p in pathlib.Path("/dev/shm").iterdir() if any(s in p.name for s in segments)]
        for path in shared:
            path.unlink(missing_ok=True)
        if shared:
            result.append(f"{len(shared)} in /dev/shm")
        result += [p.name for p in self.temporary.iterdir()]
        shutil.rmtree(self.temporary, ignore_errors=True)
        return result


class Soak:
    def __init__(self, faults, seed):
        self.random, self.seed = random.Random(seed), seed
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="lockstep-soak-"))
        self.launches, self.problems, self.series = 0, [], 0
        self.rows = collections.defaultdict(list)
        self.left = collections.Counter()
        deck = [kind for _ in range(-(-faults // len(KINDS))) for kind in self.random.sample(list(KINDS), len(KINDS))]
        self.deck = deck[:faults]
        output = self.base / "quiet"
        status, text = self.launch(1, output).end(300)
        if status != 0:
            sys.exit(f"soak: the run without faults ended with status {status}: {text}")
        self.quiet = self.account(output)
        self.digest = self.quiet[1]

    def launch(self, ranks, output, more=()):
        self.launches += 1
        return Launch(self.base, self.launches, ranks, output, list(more))

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

    def specification(self, kind, ranks, step):
        """The --inject of a kind."""
        rank = self.random.randrange(ranks)
        moment = {"start": "start", "evaluation": "evaluation", "checkpoint": "checkpoint"}.get(kind.split()[-1], "step")
        if kind == "inject NaN":
            return [f"nan:rank={rank},step={step},tensor={self.random.choice(['0.weight', '5.bias', '15.weight'])}"]
        if kind == "inject flipped bit of a parameter":
            return [f"bitflip:tensor={self.random.choice(['0.bias', '1.weight', '4.weight'])},rank={rank},step={step}"]
        if kind == "inject flipped bit of a gradient":
            return [f"bitflip:gradient,rank={rank},step={step}"]
        if kind == "inject full disk":
            return [f"enospc:step={step}"]
        name = "stop" if " stop " in kind else "kill"
        return [f"{name}:rank={rank},step={step},at={moment}"]

    def hurt(self, launch, kind, target):
        """Sends what the kind sends from outside; returns whether it could, and where."""
        name, _, rest = kind.partition(" to ")
        rank = self.random.randrange(launch.ranks)
        at_start = kind.endswith("at the start")
        victim = "lockstep" if "rank" in rest else "mpirun"
        find = lambda: launch.find(victim, rank if "rank" in rest else None)
        if at_start:
            if not launch.wait_for(find):
                return False, ""
            pause = self.random.uniform(0, 0.1)
            time.sleep(pause)
            place = f"{1000 * pause:.0f} ms after its start"
        else:
            if not launch.wait_for(lambda: launch.step() >= target):
                return False, ""
            place = f"after step {launch.step()}"
        process = launch.process.pid if "launcher" in rest else find()
        if process is None:
            return False, ""
        os.kill(process, getattr(signal, name))
        return True, place + (f", rank {rank}" if "rank" in rest else "")

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
            if KINDS[kind].ranks > ranks or kind.startswith("flipped bit") and len(steps) < 3:
                return False
            return begun < STEPS - 26
        kind = next((kind for kind in self.deck if fits(kind)), None)
        if kind is None:
            return False
        self.deck.remove(kind)
        promise, target = KINDS[kind], begun + self.random.randint(2, 20)
        more, place = [], ""
        if kind.startswith("inject"):
            specification = self.specification(kind, ranks, target)
            more, place = ["--inject", *specification], specification[0]
        if "gradient" in kind:
            more += ["--set", "verify.every_steps=1"]
        if kind == "inject NaN":
            # The replica check, which looks at one rank's NaN first, would tell of a rank that differs.
            more += ["--set", "desync_check.every_steps=1000"]
        if kind.startswith("flipped bit"):
            place = self.flip(output)
            more = ["--inject", f"kill:rank={self.random.randrange(ranks)},step={target}"]
        (output / ".injected").unlink(missing_ok=True)
        launch = self.launch(ranks, output, more)
        fired = True
        if " to " in kind:
            fired, place = self.hurt(launch, kind, target)
        elif more:
            fired = launch.wait_for(lambda: INJECTED in launch.log.read_text(errors="replace"), 90)
            fired = fired or INJECTED in launch.log.read_text(errors="replace")
        began = time.monotonic()
        status, text = launch.end(promise.seconds if fired else 60)
        seconds = time.monotonic() - began
        if not fired and status == 0:
            # The run was done before: it counts for nothing, and comes again.
            self.deck.append(kind)
            launch.leftovers(5)
            return False
        number = sum(map(len, self.rows.values())) + 1
        print(f"{number:3} {kind}: {place}; ranks: {ranks}; status {status} after {seconds:.1f} s", flush=True)
        before = len(self.problems)
        if not fired:
            self.problem(kind, "it did not fire", text)
        if status is None:
            self.problem(kind, f"the launcher has not ended within {promise.seconds} s", text)
        elif status not in promise.statuses:
            self.problem(kind, f"status {status}, expected {sorted(promise.statuses)}", text)
        if not re.search(promise.line, text):
            self.problem(kind, f"no line with {promise.line}", text)
        left = launch.leftovers(promise.seconds if kind == "SIGKILL to the launcher" else 2)
        if kind in ("SIGKILL to mpirun", "SIGKILL to the launcher"):
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
            if not self.fault(output, self.launches % 4 + 1):
                break
            faults += 1
        ranks = self.launches % 4 + 1
        launch = self.launch(ranks, output)
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
        for kind in KINDS:
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


if __name__ == "__main__":
    os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    Soak(int(sys.argv[1]), int(sys.argv[2])).run()
