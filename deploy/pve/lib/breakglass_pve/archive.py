"""The copies of jobs under LOG. They hold the VM's configuration and its screen: for root alone."""

import shutil
from pathlib import Path

from . import places

_KEPT = 20


def main(vmid: str, path: str) -> int:
    kept = Path(places.LOG, vmid)
    try:
        kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copytree(path, kept / Path(path).name, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        print(error.strerror if isinstance(error, OSError) and error.strerror else 'it is full, or changes under us')
        return 1
    for place in (kept, Path(path).parent):
        for old in sorted(it for it in place.iterdir() if it.is_dir())[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    return 0


