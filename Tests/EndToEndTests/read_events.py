"""Reads the event files of a directory as TensorBoard does, and prints them as one JSON object.

    python3 read_events.py runs/first/tensorboard

`scalars` has for each tag a list of [step, value], `histograms` of [step, least, largest, count, sum, sum of squares, limits,
counts], `images` of [step, width, height, whether the file is PNG]. Needs tensorboard.
"""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__.strip())
    # 0: all of them, where by default a sample is kept.
    events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "histograms": 0, "images": 0})
    events.Reload()
    tags = events.Tags()
    read = {
        "scalars": {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]},
        "histograms": {
            tag: [
                [e.step, h.min, h.max, h.num, h.sum, h.sum_squares, list(h.bucket_limit), list(h.bucket)]
                for e in events.Histograms(tag)
                for h in [e.histogram_value]
            ]
            for tag in tags["histograms"]
        },
        "images": {
            tag: [
                [e.step, e.width, e.height, e.encoded_image_string.startswith(b"\x89PNG\r\n\x1a\n")]
                for e in events.Images(tag)
            ]
            for tag in tags["images"]
        },
    }
    print(json.dumps(read))


if __name__ == "__main__":
    main()
