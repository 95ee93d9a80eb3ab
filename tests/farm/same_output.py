"""same_output.py SINGLE PARTS: are the frames and the manifest of the two folders the same, to the bit?"""

import hashlib
import json
import pathlib
import sys


def frames(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.exr"))}


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def main(single, parts):
    problems = []
    if not frames(single):
        problems.append(f"there are no frames in {single}")
    if frames(single) != frames(parts):
        problems.append(f"frames: {frames(single)} and {frames(parts)}")
    one, other = manifest(single), manifest(parts)
    problems += [f"manifest, {key}: {one.get(key)} and {other.get(key)}"
                 for key in sorted(one.keys() | other.keys()) if one.get(key) != other.get(key)]
    for name in ("manifest.csv", "rerender.txt"):
        if (single / name).read_bytes() != (parts / name).read_bytes():
            problems.append(f"{name} differs")
    for problem in problems:
        print(f"same_output.py: {problem}", file=sys.stderr)
    return 1 if problems else 0


sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
