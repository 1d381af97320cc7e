"""Writes a training run into MLflow; launch/track-mlflow calls it.

    python3 track_mlflow.py RUN STORE

RUN is the output directory of a training, STORE a file of SQLite. The run bears the name of its directory, in the experiment
`lockstep`; one that was written before of the same directory is removed. It prints the identifier of the new one.
"""

import json
import logging
import pathlib
import sys
import time

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

EXPERIMENT = "lockstep"
PATH_TAG = "lockstep.path"
# What the store takes at once.
MOST_METRICS = 1000
MOST_PARAMS = 100


def flat(value, prefix=""):
    """The leaves of a configuration by their dotted keys."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from flat(member, f"{prefix}.{key}" if prefix else key)
    else:
        yield prefix, value if isinstance(value, str) else json.dumps(value)


def numbers(event):
    """The metrics of a line by their names."""
    kind = event["event"]
    if kind == "step":
        for key in ["loss", "accuracy", "learning_rate", "gradient_norm", "images_per_second"]:
            if isinstance(event.get(key), (int, float)):
                yield f"train/{key}", event[key]
        for phase, seconds in event["phase_seconds"].items():
            yield f"seconds/{phase}", seconds
        yield "seconds/step", event["seconds"]
    elif kind == "evaluation":
        split = event["split"] + ("_trained_weights" if event.get("weights") == "trained" else "")
        split = "train_epoch" if split == "train" else split
        for key, value in event.items():
            if key not in ("epoch", "step") and isinstance(value, (int, float)):
                yield f"{split}/{key}", value


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    run, store = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    manifest = json.loads((run / "manifest.json").read_text())
    # The last line of a run that goes on may be cut.
    lines = (run / "metrics.jsonl").read_text().split("\n")[:-1]
    events = [json.loads(line) for line in lines]

    for name in ["mlflow", "alembic"]:
        logging.getLogger(name).setLevel(logging.ERROR)
    client = MlflowClient(tracking_uri=f"sqlite:///{store}")
    experiment = client.get_experiment_by_name(EXPERIMENT)
    identifier = (
        experiment.experiment_id
        if experiment
        else client.create_experiment(EXPERIMENT, artifact_location=(store.parent / "mlartifacts").as_uri())
    )
    for earlier in client.search_runs([identifier]):
        if earlier.data.tags.get(PATH_TAG) == str(run):
            client.delete_run(earlier.info.run_id)

    new = client.create_run(identifier, run_name=run.name, tags={PATH_TAG: str(run)}).info.run_id
    params = [Param(key, value[:500]) for key, value in flat(manifest["configuration"])]
    params.append(Param("ranks", str(manifest["ranks"])))
    for begin in range(0, len(params), MOST_PARAMS):
        client.log_batch(new, params=params[begin : begin + MOST_PARAMS])
    now = int(1000 * time.time())
    # Without a time of their own they keep the order of the lines.
    metrics = [
        Metric(name, float(value), now + index, event["step"])
        for index, event in enumerate(events)
        for name, value in numbers(event)
    ]
    for begin in range(0, len(metrics), MOST_METRICS):
        client.log_batch(new, metrics=metrics[begin : begin + MOST_METRICS])
    end = events[-1] if events and events[-1]["event"] == "end" else None
    if end:
        client.set_tag(new, "lockstep.digest", end["digest"])
    for file in [run / "manifest.json", run / "metrics.jsonl", *sorted(run.glob("*.svg")), *sorted(run.glob("*.html"))]:
        client.log_artifact(new, str(file))
    client.set_terminated(new, "FINISHED" if end else "RUNNING")
    print(new)


if __name__ == "__main__":
    main()
