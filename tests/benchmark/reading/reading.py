"""Reading a million rows of ten columns: latent beside NumPy and R's data.table, each in a process of its own.

    reading.py BIN FOLDER [ROUNDS]

BIN holds the program read_data, FOLDER is for the files. Seconds are the processor's (user and system) and the clock's, the
best of the rounds, of the whole process with its start; the memory is the process's largest.
"""

import gzip
import os
import pathlib
import shutil
import subprocess
import sys
import time

import numpy

ROWS, COLUMNS = 10**6, 10


def make_files(folder):
    folder.mkdir(parents=True, exist_ok=True)
    csv, quoted = folder / "numbers.csv", folder / "quoted.csv"
    if (folder / "numbers.npy").exists():
        return
    values = numpy.random.default_rng(1).standard_normal((ROWS, COLUMNS))
    header = [f"c{i}" for i in range(COLUMNS)]
    # repr gives the shortest digits that read back the same: some 19 a number.
    with open(csv, "w") as plain, open(quoted, "w") as in_quotes:
        plain.write(",".join(header) + "\n")
        in_quotes.write(",".join(f'"{name}"' for name in header) + "\n")
        for begin in range(0, ROWS, 10**4):
            for row in values[begin : begin + 10**4].tolist():
                cells = list(map(repr, row))
                plain.write(",".join(cells) + "\n")
                in_quotes.write('"' + '","'.join(cells) + '"\n')
    with open(csv, "rb") as source, gzip.open(f"{csv}.gz", "wb", 6) as target:
        shutil.copyfileobj(source, target)
    subprocess.run(["zstd", "-q", "-f", str(csv)], check=True)
    numpy.save(folder / "numbers.npy", values)


def measured(command, rounds):
    """Processor seconds, clock seconds, MiB."""
    best = None
    for _ in range(rounds):
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | {"OMP_NUM_THREADS": "1"})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        if status != 0:
            sys.exit(f"failed: {command}")
        figures = (usage.ru_utime + usage.ru_stime, seconds, usage.ru_maxrss / 1024)
        best = figures if best is None else tuple(map(min, best, figures))
    return best


def main():
    programs, folder = map(pathlib.Path, sys.argv[1:3])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    make_files(folder)

    def latent(name, threads=1):
        return [str(programs / "read_data"), str(folder / name), str(threads)]

    csv = folder / "numbers.csv"
    commands = {
        "latent": latent("numbers.csv"),
        "latent, two threads": latent("numbers.csv", 2),
        "latent, every cell in quotes": latent("quoted.csv"),
        "latent, .csv.gz": latent("numbers.csv.gz"),
        "latent, .csv.zst": latent("numbers.csv.zst"),
        "latent, .npy": latent("numbers.npy"),
        "data.table fread, one thread": ["Rscript", "-e", f'x <- data.table::fread("{csv}", nThread = 1)'],
        "NumPy loadtxt": ["/usr/bin/python3", "-c", f'import numpy; numpy.loadtxt("{csv}", delimiter=",", skiprows=1)'],
    }
    print("| | processor, s | clock, s | process, MiB |\n|---|---|---|---|")
    for name, command in commands.items():
        processor, clock, memory = measured(command, rounds)
        print(f"| {name} | {processor:.2f} | {clock:.2f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
