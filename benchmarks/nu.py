"""The baseline: tesserocr alone, on pictures already decoded, one process.

Run by `benchmarks.intake`: `python -m benchmarks.nu FOLDER RANK COUNT` reads every
COUNT-th picture, and prints the pages read and the seconds spent.
"""

import os
import sys
import time
from pathlib import Path

os.environ["OMP_THREAD_LIMIT"] = "1"  # noqa: TID251 - before the engine is loaded

from PIL import Image
from tesserocr import PSM, PyTessBaseAPI

TESSDATA = "/usr/share/tesseract-ocr/5/tessdata"


def main() -> None:
    """Read this process's share of the pictures."""
    folder, rank, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    pictures = [
        Image.open(path).convert("L")
        for path in sorted(folder.glob("*.png"))[rank::count]
    ]
    for picture in pictures:
        picture.load()
    with PyTessBaseAPI(path=TESSDATA, lang="fra", psm=PSM.AUTO) as api:
        sys.stdin.readline()  # both processes start together
        started = time.perf_counter()
        for picture in pictures:
            api.SetImage(picture)
            api.GetUTF8Text()
        print(len(pictures), time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    main()
