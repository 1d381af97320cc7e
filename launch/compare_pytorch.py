"""The PyTorch side of launch/compare-pytorch, which calls it; needs PyTorch 2.

    python3 compare_pytorch.py step OURS MODE
    python3 compare_pytorch.py table RESULTS

`step` times the training steps that OURS, the JSON file of `lockstep bench step`, tells of: `zero_grad`, forward,
backward with all-reduce, a step of SGD with momentum, on fixed random images. It prints a JSON object with members of
the same names. The model is the twin that the tests hold Lockstep's to. MODE is eager, channels_last, compile, or bf16
(autocast with channels_last). Each rank is a process of one thread.

`table` prints the medians of RESULTS, a folder of files ROW.RANKS.MODE with such an object a line for each round.
"""

import json
import os
import pathlib
import resource
import statistics
import sys
import tempfile
import time

import torch
from torch import distributed

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests/ExecutionTests/Golden"))
sys.dont_write_bytecode = True

import pytorch_twin  # noqa: E402

ROWS = ["resnet18", "densenet", "lenet", "resnet18-bf16"]
MODES = ["eager", "channels_last", "compile", "bf16"]


def peak_memory_bytes() -> int:
    """The largest resident set of this process; the status file does not count the process it came from."""
    try:
        status = pathlib.Path("/proc/self/status").read_text()
        return 1024 * int(status.split("VmHWM:")[1].split()[0])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def time_steps(rank: int, ours: dict, mode: str, store: str) -> None:
    """Times the steps on one rank, and prints the result on rank 0."""
    ranks = ours["ranks"]
    torch.set_num_threads(ours["threads"])
    torch.manual_seed(0)
    net = pytorch_twin.MODELS[ours["model"]]()
    parameters = sum(parameter.numel() for parameter in net.parameters())
    if parameters != ours["parameters"]:
        sys.exit(f"{ours['model']}: PyTorch's has {parameters} parameters, Lockstep's {ours['parameters']}")
    share = ours["batch"] // ranks
    images, labels = torch.randn(share, *ours["input"]), torch.randint(0, 10, (share,))
    if mode in ("channels_last", "bf16"):
        net = net.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    if ranks > 1:
        distributed.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=ranks)
        net = torch.nn.parallel.DistributedDataParallel(net)
    if mode == "compile":
        net = torch.compile(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

    seconds = []
    for _ in range(3 + ours["steps"]):
        start = time.perf_counter()
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mode == "bf16"):
            logits = net(images)
        torch.nn.functional.cross_entropy(logits.float(), labels).backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    # As in Lockstep's measurement the slowest rank counts. The first steps compile, and build buckets.
    slowest, memory = torch.tensor(seconds[3:], dtype=torch.float64), torch.tensor(peak_memory_bytes())
    if ranks > 1:
        distributed.all_reduce(slowest, distributed.ReduceOp.MAX)
        distributed.all_reduce(memory, distributed.ReduceOp.MAX)
        distributed.destroy_process_group()
    if rank == 0:
        median = statistics.median(slowest.tolist())
        rate = ours["batch"] / median
        measured = {"seconds_median": median, "images_per_second": rate, "peak_memory_bytes": memory.item()}
        print(json.dumps(measured), flush=True)
        print(f"  PyTorch {mode}: {1e3 * median:.2f} ms, {rate:.1f} images/s", file=sys.stderr, flush=True)
    if ranks > 1:
        # Taking down what gloo's threads still use aborts now and then.
        os._exit(0)


def step(path: str, mode: str) -> None:
    ours = json.loads(pathlib.Path(path).read_text())
    os.environ["OMP_NUM_THREADS"] = str(ours["threads"])
    with tempfile.TemporaryDirectory() as directory:
        arguments = (ours, mode, directory + "/store")
        if ours["ranks"] == 1:
            time_steps(0, *arguments)
        else:
            torch.multiprocessing.spawn(time_steps, arguments, nprocs=ours["ranks"])


class Row:
    """The measurements of a row on so many ranks, mode by mode."""

    def __init__(self, folder: pathlib.Path, name: str, ranks: int):
        files = {mode: folder / f"{name}.{ranks}.{mode}" for mode in ["ours", "both", *MODES]}
        self.name, self.ranks = name, ranks
        self.rounds = {
            mode: [json.loads(line) for line in file.read_text().splitlines()]
            for mode, file in files.items()
            if file.exists()
        }

    def median(self, mode: str, member: str) -> float | None:
        """None where the mode was not measured, or the system does not tell."""
        values = [each[member] for each in self.rounds.get(mode, [])]
        return None if not values or None in values else statistics.median(values)

    def rate(self, mode: str) -> float | None:
        return self.median(mode, "images_per_second")

    def memory(self, mode: str | None) -> str:
        count = self.median(mode, "peak_memory_bytes") if mode else None
        return number(count and count / 2**20, ".0f")

    def line(self, alone: "Row") -> str:
        fastest = max(filter(self.rate, MODES), key=self.rate, default=None)
        ours, rate = self.rounds["ours"][0], self.rate("ours")
        cells = [
            self.name, "×".join(map(str, ours["input"])), str(self.ranks), str(ours["batch"]), number(rate, ",.1f"),
            *(number(self.rate(mode), ",.1f") for mode in MODES),
            number(fastest and rate / self.rate(fastest), ".2f"),
            self.memory("ours"), self.memory(fastest),
            number(rate / 2 / alone.rate("ours") if self.ranks == 2 else None, ".0%"),
            number(alone.rate("both") / alone.rate("ours") if self.ranks == 2 else None, ".0%"),
        ]  # fmt: skip
        return "| " + " | ".join(cells) + " |"


def number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def table(folder: pathlib.Path) -> None:
    heads = ["model", "image", "ranks", "batch", "Lockstep, images/s", *MODES, "against the fastest",
             "MiB a rank", "its MiB a rank", "of twice one rank", "two programs at once"]  # fmt: skip
    print("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    for name in ROWS:
        alone, pair = Row(folder, name, 1), Row(folder, name, 2)
        for row in [alone, pair]:
            if row.rounds:
                print(row.line(alone))


if __name__ == "__main__":
    if sys.argv[1:] in ([], ["--help"], ["-h"]):
        print(__doc__.strip())
    elif sys.argv[1] == "step":
        step(*sys.argv[2:])
    else:
        table(pathlib.Path(sys.argv[2]))
