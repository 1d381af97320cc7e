"""One start of the run of launch/soak, and what is asked of it and done to it."""

import os
import pathlib
import re
import shutil
import subprocess
import time

from soak_hosts import clean, host_name, processes, send

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRAIN = [
    "train", "configs/lenet-glyphs.yaml", "--set", "data={name: glyphs, train_samples: 1500, test_samples: 500}",
    "--set", "batch={size: 64, microshards: 8}", "--set", "epochs=5", "--set", "checkpoint.every_steps=5",
    "--set", "desync_check.every_steps=1",
]  # fmt: skip


class Launch:
    """One start of the run by the launcher, with a temporary directory of its own."""

    def __init__(self, base, number, ranks, output, more, hosts=None, layout=None):
        self.run = {"tag": f"LOCKSTEP_SOAK={base.name}-{number}", "base": str(base), "jobs": []}
        self.temporary = base / f"tmp-{number}"
        self.temporary.mkdir()
        self.metrics, self.ranks, self.hosts = output / "metrics.jsonl", ranks, hosts
        self.resumes = any(output.glob("checkpoints/*.safetensors"))
        self.log = base / f"log-{number}"
        self.names = hosts.names[: layout[0]] if layout else [host_name()]
        command = [str(ROOT / ".build/release/lockstep"), "launch", "-n", str(ranks)]
        if layout:
            hosts.write(base / f"hosts-{number}", layout)
            command += ["--hostfile", str(base / f"hosts-{number}")]
        command += [*TRAIN, "--set", f"watchdog.timeout_seconds={4 if hosts else 3}", "--output", str(output)]
        environment = dict(os.environ, TMPDIR=str(self.temporary), LOCKSTEP_SOAK=self.run["tag"].split("=")[1])
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command + ["--resume", "auto"] + more, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)  # fmt: skip

    def host(self, rank):
        """The host of a rank: each host has as many, in the order of the host file."""
        return self.names[rank * len(self.names) // self.ranks]

    def step(self):
        # Until it goes on, the log still has what came after its checkpoint in the launch before.
        if self.resumes and b"\ngoing on after " not in self.log.read_bytes():
            return 0
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

    def look(self):
        """The processes on this host, whose jobs are noted."""
        found = processes(self.run)
        self.run["jobs"] = sorted({job for _, _, job, _ in found.values() if job} | set(self.run["jobs"]))
        return found

    def mpirun(self):
        return next((p for p, (name, _, _, _) in self.look().items() if name.startswith("mpirun")), None)

    def send(self, rank, daemon, number, seconds=0, pause=0):
        """Sends a signal to a rank or its daemon, wherever they are; returns whether it was there."""
        self.look()
        arguments = (self.run, rank, daemon, number, seconds, pause)
        if self.host(rank) == self.names[0]:
            return send(*arguments)
        return self.hosts.ask(self.host(rank), "send", *arguments)

    def end(self, seconds):
        """Waits; returns the status, None if it took too long, and all that was printed."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self.look()
            time.sleep(0.05)
        return self.process.poll(), self.log.read_text(errors="replace")

    def ranks_left(self, seconds):
        """The ranks that are left in sight of this host once the launcher has ended, after some seconds at most."""
        deadline = time.monotonic() + seconds
        ranks = lambda: [rank for _, rank, _, _ in self.look().values() if rank is not None]
        while (left := ranks()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return [f"rank {rank}, while the network was cut" for rank in left]

    def leftovers(self, seconds):
        """What is left once the launcher has ended, after some seconds at most; it is removed."""
        result = clean(self.run, seconds)
        for name in self.names[1:]:
            result += [f"{each} on {name}" for each in self.hosts.ask(name, "clean", self.run, seconds)]
        result += [p.name for p in self.temporary.iterdir()]
        shutil.rmtree(self.temporary, ignore_errors=True)
        return result
