"""The PyTorch side of launch/compare-pytorch, which calls it; needs PyTorch 2.

    python3 compare_pytorch.py step OURS MODE [PHOTOS]
    python3 compare_pytorch.py photos PHOTOS
    python3 compare_pytorch.py run RUN STEPS
    python3 compare_pytorch.py table RESULTS

`step` times the training steps that OURS, the JSON file of `lockstep bench step`, tells of: `zero_grad`, forward,
backward with all-reduce, a step of SGD with momentum, on fixed random images. It prints a JSON object with members of
the same names. The model is the twin that the tests hold Lockstep's to. MODE is eager, channels_last, compile, or bf16
(autocast with channels_last). Each rank is a process of one thread. With PHOTOS, a folder that `photos` made, images come
from its JPEG files by torchvision's ImageFolder and PyTorch's DataLoader with two workers a rank, and a step begins with
waiting for them.

`photos` draws 1,600 JPEG files of 3×32×32 pixels in ten class folders. `run` tells of the last STEPS steps of a run of
`lockstep train` on them what `lockstep bench step` tells of its own.

`table` prints the medians of RESULTS, a folder of files ROW.RANKS.MODE with such an object a line for each round.
"""

import itertools
import json
import os
import pathlib
import resource
import statistics
import sys
import tempfile
import time

import numpy
import torch
from torch import distributed

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests/ExecutionTests/Golden"))
sys.dont_write_bytecode = True

import pytorch_twin  # noqa: E402

ROWS = ["resnet18", "densenet", "lenet", "resnet18-bf16", "torchvision-resnet50", "resnet18-jpeg"]
PHOTOS = 1600
WARM_UP = 3
MODES = ["eager", "channels_last", "compile", "bf16"]


def peak_memory_bytes() -> int:
    """The largest resident set of this process; the status file does not count the process it came from."""
    try:
        status = pathlib.Path("/proc/self/status").read_text()
        return 1024 * int(status.split("VmHWM:")[1].split()[0])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def draw_photos(folder: pathlib.Path) -> None:
    """Smooth colors with some noise, so that files have the size of photographs."""
    from PIL import Image

    random = numpy.random.default_rng(0)
    for index in range(PHOTOS):
        coarse = random.integers(0, 256, (4, 4, 3), dtype=numpy.uint8)
        smooth = numpy.asarray(Image.fromarray(coarse).resize((32, 32), Image.Resampling.BICUBIC), dtype=numpy.int16)
        pixels = (smooth + random.integers(-12, 13, smooth.shape)).clip(0, 255).astype(numpy.uint8)
        for split, chosen in [("train", True), ("test", index < 20)]:
            if chosen:
                path = folder / split / str(index % 10) / f"{index}.jpg"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(path, quality=90)


def batches_of_photos(folder: str, share: int, rank: int, ranks: int):
    """Batches without end, decoded, cropped, mirrored and normalized by the loader's workers."""
    torchvision = pytorch_twin.import_torchvision()
    from torchvision import transforms

    treatment = transforms.Compose([
        transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ])  # fmt: skip
    photos = torchvision.datasets.ImageFolder(folder + "/train", treatment)
    sampler = torch.utils.data.DistributedSampler(photos, ranks, rank, drop_last=True)
    loader = torch.utils.data.DataLoader(
        photos, share, sampler=sampler, num_workers=2, persistent_workers=True, drop_last=True,
        # New interpreters would import torchvision in their own way.
        multiprocessing_context="fork",
    )  # fmt: skip
    for epoch in itertools.count():
        sampler.set_epoch(epoch)
        yield from loader


def make_twin(ours: dict) -> torch.nn.Module:
    color = ours["model"] + "-color"
    return pytorch_twin.MODELS[color if ours["input"][0] == 3 and color in pytorch_twin.MODELS else ours["model"]]()


def time_steps(rank: int, ours: dict, mode: str, folder: str | None, store: str) -> None:
    """Times the steps on one rank, and prints the result on rank 0."""
    ranks = ours["ranks"]
    torch.set_num_threads(ours["threads"])
    torch.manual_seed(0)
    net = make_twin(ours)
    parameters = sum(parameter.numel() for parameter in net.parameters())
    if parameters != ours["parameters"]:
        sys.exit(f"{ours['model']}: PyTorch's has {parameters} parameters, Lockstep's {ours['parameters']}")
    share = ours["batch"] // ranks
    layout = torch.channels_last if mode in ("channels_last", "bf16") else torch.contiguous_format
    net = net.to(memory_format=layout)
    if folder:
        batches = batches_of_photos(folder, share, rank, ranks)
    else:
        images = torch.randn(share, *ours["input"]).to(memory_format=layout)
        batches = itertools.repeat((images, torch.randint(0, 10, (share,))))
    if ranks > 1:
        distributed.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=ranks)
        net = torch.nn.parallel.DistributedDataParallel(net)
    if mode == "compile":
        net = torch.compile(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

    seconds = []
    for _ in range(WARM_UP + ours["steps"]):
        start = time.perf_counter()
        images, labels = next(batches)
        images = images.to(memory_format=layout)
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mode == "bf16"):
            logits = net(images)
        torch.nn.functional.cross_entropy(logits.float(), labels).backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    # As in Lockstep's measurement the slowest rank counts. The first steps compile, and build buckets.
    slowest, memory = torch.tensor(seconds[WARM_UP:], dtype=torch.float64), torch.tensor(peak_memory_bytes())
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


def step(path: str, mode: str, folder: str | None = None) -> None:
    ours = json.loads(pathlib.Path(path).read_text())
    os.environ["OMP_NUM_THREADS"] = str(ours["threads"])
    with tempfile.TemporaryDirectory() as directory:
        arguments = (ours, mode, folder, directory + "/store")
        if ours["ranks"] == 1:
            time_steps(0, *arguments)
        else:
            torch.multiprocessing.spawn(time_steps, arguments, nprocs=ours["ranks"])


def tell_run(run: pathlib.Path, steps: int) -> None:
    """What a run on photographs took; its steps are those of the coordinator, which waits for the slowest rank in each."""
    events = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    timed = [event for event in events if event["event"] == "step"][-steps:]
    start = next(event for event in events if event["event"] == "run")
    manifest = json.loads((run / "manifest.json").read_text())
    median = statistics.median(event["seconds"] for event in timed)
    batch = manifest["configuration"]["batch"]["size"]
    print(json.dumps({
        "model": "resnet18-small", "input": [3, 32, 32], "parameters": start["parameters"], "batch": batch,
        "ranks": start["ranks"], "threads": 1, "steps": len(timed), "seconds_median": median,
        "images_per_second": batch / median, "peak_memory_bytes": None,
        "data_seconds_median": statistics.median(event["phase_seconds"]["data"] for event in timed),
    }))  # fmt: skip
    print(f"  Lockstep: {1e3 * median:.2f} ms, {batch / median:.1f} images/s", file=sys.stderr, flush=True)


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
    elif sys.argv[1] == "photos":
        draw_photos(pathlib.Path(sys.argv[2]))
    elif sys.argv[1] == "run":
        tell_run(pathlib.Path(sys.argv[2]), int(sys.argv[3]))
    else:
        table(pathlib.Path(sys.argv[2]))
