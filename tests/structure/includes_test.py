"""No file of a station includes one of a station that its own does not stand on, as src/CMakeLists.txt names them.

includes_test.py SOURCE STATIONS: STATIONS has a line "name: stations below: public headers" for each."""
import pathlib
import re
import sys


def read_stations(table):
    below, owner = {}, {}
    for line in table.read_text().splitlines():
        name, on, headers = (field.split() for field in line.split(":"))
        below[name[0]] = set(on)
        owner.update((header, name[0]) for header in headers)
    return below, owner


def reachable(below, station):
    found, ahead = set(), [station]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += below[name]
    return found


def main(source, table):
    below, owner = read_stations(table)
    wrong = []

    def check(file, station):
        allowed = reachable(below, station)
        for include in re.findall(r'^#include "([\w/.]+)"', file.read_text(), re.M):
            folder, _, name = include.partition("/")
            target = owner.get(pathlib.Path(name).stem) if folder == "inbetween" else folder
            if target is None:
                wrong.append(f"{include}: no station has this header; add it to src/CMakeLists.txt")
            elif target in below and target not in allowed:
                wrong.append(f"{file.relative_to(source)}: includes {include}, of '{target}', which '{station}' "
                             f"does not stand on")

    for station in below:
        for file in sorted((source / "src" / station).rglob("*")):
            if file.suffix in (".cpp", ".h", ".inl"):
                check(file, station)
    for header, station in owner.items():
        check(source / "include" / "inbetween" / f"{header}.h", station)
    for header in (source / "include" / "inbetween").glob("*.h"):
        if header.stem not in owner:
            wrong.append(f"{header.relative_to(source)}: belongs to no station in src/CMakeLists.txt")
    print("\n".join(sorted(set(wrong))) or f"{len(below)} stations, no include that climbs")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
