"""What a run leaves behind: a JSON file, and a picture where matplotlib is installed."""

import datetime
from pathlib import Path

import orjson

from bench.results import Results

FOLDER = Path(__file__).parent / "results"


def write(results: Results, folder: Path) -> list[Path]:
    """The files that were written, named by the time."""
    folder.mkdir(parents=True, exist_ok=True)
    name = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H-%M-%S")
    figures, picture = folder / f"{name}.json", folder / f"{name}.png"
    figures.write_bytes(orjson.dumps(results.as_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS))
    try:
        from bench.plot import plot
    except ModuleNotFoundError:
        print("No picture: matplotlib is not installed; `make bench` does that.")
        return [figures]
    plot(results, picture)
    return [figures, picture]
