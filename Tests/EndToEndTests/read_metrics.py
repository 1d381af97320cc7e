"""Reads a file of events, one JSON object a line, as pyarrow does: each key is a column of one type.

    python3 read_metrics.py runs/first/metrics.jsonl

It prints a JSON object: `columns`, the type of each key; `rows`; and `events`, the rows of each kind of event. A file
that pyarrow refuses ends it with status 1 and pyarrow's message. Needs pyarrow.
"""

import json
import sys

import pyarrow
import pyarrow.json


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__.strip())
    try:
        table = pyarrow.json.read_json(sys.argv[1])
    except (pyarrow.ArrowException, OSError) as error:
        sys.exit(f"pyarrow: {error}")
    columns = {field.name: str(field.type) for field in table.schema}
    events = {count["values"]: count["counts"] for count in table["event"].value_counts().to_pylist()}
    print(json.dumps({"columns": columns, "rows": table.num_rows, "events": events}))


if __name__ == "__main__":
    main()
