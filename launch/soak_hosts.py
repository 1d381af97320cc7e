"""The hosts of launch/soak, and what a run has on them: its processes, shared memory and temporary files.

As a program it is what runs on the other hosts: it reads a request in JSON from standard input, and answers in JSON.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time


def host_name():
    return os.uname().nodename.split(".")[0]


def mistake(message):
    """Ends the program for what its user got wrong."""
    sys.stderr.write(f"soak: {message}\n")
    sys.exit(2)


def processes(run):
    """The processes of a run: by number, name, rank, job and parent.

    They have its tag in their environment, which other hosts do not get, its directory on their command line, as ranks have,
    or the number of its job, as Open MPI's daemons have. Zombies have none of it.
    """
    found = {}
    families = [str(job & ~0xFFFF).encode() for job in run["jobs"]]
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
            words = (entry / "cmdline").read_bytes()
            daemon = b"orted" in words and any(family in words for family in families)
            if run["tag"].encode() in variables or run["base"].encode() in words or daemon:
                rank = [v.split(b"=")[1] for v in variables if v.startswith(b"OMPI_COMM_WORLD_RANK=")]
                jobs = [v.split(b"=")[1] for v in variables if v.startswith(b"PMIX_NAMESPACE=")]
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                name = (entry / "comm").read_text().strip()
                job = int(jobs[0]) if jobs and jobs[0].isdigit() else None
                found[int(entry.name)] = (name, int(rank[0]) if rank else None, job, parent)
        except (OSError, ValueError):
            continue
    return found


def send(run, rank, daemon, number, seconds=0, pause=0):
    """Sends a signal to a rank, or to the daemon that started it; waits so long for the rank, and then the pause.

    Returns whether the rank was there.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = [(p, parent) for p, (name, r, _, parent) in processes(run).items() if r == rank and name == "lockstep"]
        if found or time.monotonic() >= deadline:
            break
        time.sleep(0.003)
    if not found:
        return False
    time.sleep(pause)
    try:
        os.kill(found[0][1 if daemon else 0], number)
    except ProcessLookupError:
        return False
    return True


def clean(run, seconds):
    """What is left of a run on this host, after some seconds at most; it is removed."""
    deadline = time.monotonic() + seconds
    while (left := processes(run)) and time.monotonic() < deadline:
        time.sleep(0.05)
    result = [f"process {number} ({name}, rank {rank})" for number, (name, rank, _, _) in left.items()]
    for number in left:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            pass
    segments = [f".{job:x}." for job in run["jobs"]]
    shared = [p for p in pathlib.Path("/dev/shm").iterdir() if any(s in p.name for s in segments)]
    for path in shared:
        path.unlink(missing_ok=True)
    if shared:
        result.append(f"{len(shared)} in /dev/shm")
    # The session directory of Open MPI's daemon; mpirun's own is in the temporary directory that it was given.
    for job in {job >> 16 & 0xFFFF for job in run["jobs"]}:
        session = pathlib.Path(tempfile.gettempdir()) / f"ompi.{host_name()}.{os.getuid()}" / f"jf.{job}"
        if session.exists():
            result.append("a session directory")
            shutil.rmtree(session, ignore_errors=True)
    return result


class Hosts:
    """The hosts of Open MPI's host file, this machine first."""

    def __init__(self, path):
        try:
            lines = [line.split("#")[0].split() for line in pathlib.Path(path).read_text().splitlines()]
            slots = {line[0]: int(dict(w.split("=") for w in line[1:]).get("slots", 1)) for line in lines if line}
        except (OSError, ValueError) as error:
            mistake(f"{path}: {error}; expected lines such as: node1 slots=2")
        self.names = list(slots)
        if len(self.names) < 2 or self.names[0].split(".")[0] not in (host_name(), "localhost"):
            mistake(f"{path}: expected two hosts or more, {host_name()} first, where the run's files are")
        most = min(slots.values())
        # The experiment has 8 microshards, and so room for as many ranks.
        self.layouts = [(h, r) for r in range(1, most + 1) for h in range(2, len(self.names) + 1) if h * r <= 8]

    def write(self, path, layout):
        """A host file of so many hosts with so many ranks each."""
        hosts, each = layout
        path.write_text("".join(f"{name} slots={each}\n" for name in self.names[:hosts]))

    def ask(self, host, name, *arguments):
        """Calls a function of this file on another host."""
        agent = os.environ.get("OMPI_MCA_plm_rsh_agent", "ssh -o BatchMode=yes").split()
        answer = subprocess.run(
            agent + [host, "python3", str(pathlib.Path(__file__).resolve())],
            input=json.dumps([name, *arguments]), capture_output=True, text=True)  # fmt: skip
        if answer.returncode != 0:
            sys.exit(f"soak: {host}: {answer.stderr.strip()}")
        return json.loads(answer.stdout)

    @staticmethod
    def short(name):
        return re.escape(name.split(".")[0])


if __name__ == "__main__":
    name, *arguments = json.load(sys.stdin)
    print(json.dumps({"send": send, "clean": clean}[name](*arguments)))
