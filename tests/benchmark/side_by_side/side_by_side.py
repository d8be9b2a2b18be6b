"""latent beside scikit-learn and Armadillo: the same data, start and number of iterations, in one run.

side_by_side.py PROGRAMS FOLDER [--rounds R] [WORKLOAD ...]

PROGRAMS holds the built benchmarks, FOLDER takes the data. The rounds take turns between the tools, so that a machine
that is slower for a while is so for all. Prints the tables of docs/performance.md.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np

HERE = pathlib.Path(__file__).parent


@dataclasses.dataclass
class Workload:
    name: str
    covariance: str
    observations: int
    dimension: int
    components: int
    peers: tuple  # those that have such a mixture
    short: int  # iterations of a short and of a long run of the peers
    long: int

    def title(self):
        return f"{self.covariance}, N={self.observations:,} d={self.dimension} K={self.components}"

    def features(self):
        """F: multiply-adds for one observation and component, in each of E-step and statistics."""
        dense = self.covariance in ("full", "tied")
        return (self.dimension + 1) * (self.dimension + 2) / 2 if dense else 2 * self.dimension + 1


BOTH = ("armadillo", "sklearn")
WORKLOADS = [
    Workload("full-2", "full", 1_000_000, 2, 3, BOTH, 2, 8),
    Workload("full-8", "full", 500_000, 8, 8, BOTH, 2, 6),
    Workload("full-32", "full", 200_000, 32, 16, BOTH, 1, 3),
    Workload("full-128", "full", 50_000, 128, 8, BOTH, 1, 3),
    Workload("diagonal-16", "diagonal", 1_000_000, 16, 16, BOTH, 2, 6),
    Workload("full-1", "full", 2_000_000, 1, 2, BOTH, 2, 8),
    Workload("tied-16", "tied", 200_000, 16, 8, ("sklearn",), 2, 6),
    Workload("full-4-small", "full", 5_000, 4, 5, BOTH, 10, 60),
]


def make_data(workload, folder):
    """Overlapping clusters, and a start away from them, as .npy and as raw numbers."""
    rng = np.random.default_rng(1)
    n, d, k = workload.observations, workload.dimension, workload.components
    centres = 2.0 * rng.normal(size=(k, d)) / np.sqrt(np.sqrt(d))
    roots = np.eye(d) + 0.5 * rng.normal(size=(k, d, d)) / np.sqrt(d)
    component = rng.integers(k, size=n)
    data = centres[component]
    for c in range(k):
        rows = component == c
        data[rows] += rng.normal(size=(rows.sum(), d)) @ roots[c].T
    total = np.cov(data.T).reshape(d, d)
    covariances = {"full": np.repeat(total[None], k, 0), "tied": total, "diagonal": np.repeat([np.diag(total)], k, 0)}
    arrays = {
        "data": data,
        "weights": np.full(k, 1.0 / k),
        "means": centres + 0.3 * rng.normal(size=(k, d)),
        "covariances": covariances[workload.covariance],
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
        array.tofile(folder / f"{name}.raw")
    np.save(folder / "covariance_rows.npy", arrays["covariances"].reshape(-1, d))
    (folder / "shape.txt").write_text(f"{workload.covariance} {d} {k}\n")
    start = {name: arrays[name].tolist() for name in ("weights", "means", "covariances")}
    start["covariance"] = workload.covariance
    (folder / "start.json").write_text(json.dumps({"model": "gaussian-mixture", "parameters": start}))


def run(command, threads):
    """The JSON object that a command prints, with its wall time and its largest memory in MiB."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))
    for setting in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # each peer at its best
        environment.pop(setting, None)
    begin = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, env=environment)
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))}: status {status}")
    return dict(json.loads(printed), wall=wall, peak=usage.ru_maxrss / 1024)


class Tools:
    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder

    def fit(self, tool, iterations, threads):
        command = {
            "latent": [self.programs / "fit_latent", self.folder, iterations, threads],
            "armadillo": [self.programs / "fit_armadillo", self.folder, iterations],
            "sklearn": [sys.executable, HERE / "fit_sklearn.py", self.folder, iterations],
        }[tool]
        result = run(command, threads)
        if not result["fitted"]:
            sys.exit(f"{tool} did not make {iterations} iterations on {self.folder}")
        return result

    def per_iteration(self, tool, short, long, threads):
        """Seconds an iteration, as (long − short) / difference, and the long run."""
        first = self.fit(tool, short, threads)
        last = self.fit(tool, long, threads)
        return (last["seconds"] - first["seconds"]) / (long - short), last

    def command(self, iterations, threads):
        """The whole command on the .npy file."""
        return run([self.programs / "latent", "fit", "gaussian-mixture", self.folder / "data.npy", "--start",
                    self.folder / "start.json", "--penalty", 0, "--max-iterations", iterations, "--tolerance", 0,
                    "--threads", threads, "--json", "--quiet"], threads)


def limits(programs, threads):
    """Multiply-adds, exponentials and bytes a second, of so many threads."""
    printed = subprocess.run([programs / "limits_benchmark", "--benchmark_format=json", "--benchmark_min_time=0.2"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    rates = {}
    for row in json.loads(printed)["benchmarks"]:
        if row["threads"] == threads:
            rates[row["name"].split("/")[0]] = row["rate"]
    return rates


def measure(workload, tools, rounds, rates):
    # latent is so much faster that a difference of few iterations would be lost in the noise.
    short, long = 5, 5 + max(10, min(200, int(2e9 / (workload.observations * workload.components * workload.features()))))
    times = {tool: [] for tool in ("latent", *workload.peers)}
    single, command_ratios, peaks = [], [], {}
    for _ in range(rounds):
        for tool in workload.peers:
            seconds, last = tools.per_iteration(tool, workload.short, workload.long, 2)
            times[tool].append(seconds)
            peaks[tool] = last["peak"]
            expected = last["log_likelihood"]
            mine = tools.fit("latent", workload.long, 2)["log_likelihood"]
            difference = abs(mine - expected) / abs(expected)
            if not difference <= 1e-10:
                sys.exit(f"{workload.name}: log-likelihood {mine!r} by latent, {expected!r} by {tool}")
        seconds, last = tools.per_iteration("latent", short, long, 2)
        times["latent"].append(seconds)
        peaks["latent"] = last["peak"]
        single.append(tools.per_iteration("latent", short, long, 1)[0])
        command_ratios.append(tools.command(20, 2)["wall"] / tools.fit("latent", 20, 2)["seconds"])
    seconds = {tool: statistics.median(values) for tool, values in times.items()}
    work = workload.observations * workload.components
    limit = (2 * work * workload.features() / rates["multiply_adds_per_second"]
             + work / rates["exponentials_per_second"])
    return {
        "seconds": seconds,
        "ratio": {tool: statistics.median(p / m for p, m in zip(times[tool], times["latent"]))
                  for tool in workload.peers},
        "limit": limit / seconds["latent"],
        "threads": statistics.median(single) / seconds["latent"],
        "command": statistics.median(command_ratios),
        "memory": {tool: peak - work_mib(workload) for tool, peak in peaks.items()},
        "difference": difference,
    }


def work_mib(workload):
    return workload.observations * workload.dimension * 8 / 2**20


def cell(row, key, tool, form):
    return form.format(row[key][tool]) if tool in row[key] else "–"


def print_tables(results):
    print("\n| workload | latent | Armadillo | scikit-learn | times faster than Armadillo | than scikit-learn | of the "
          "limit | 1 → 2 threads |\n|---|---|---|---|---|---|---|---|")
    for workload, row in results:
        print(f"| {workload.title()} | {row['seconds']['latent']:.4f} | {cell(row, 'seconds', 'armadillo', '{:.3f}')} "
              f"| {cell(row, 'seconds', 'sklearn', '{:.3f}')} | {cell(row, 'ratio', 'armadillo', '{:.1f}')} "
              f"| {cell(row, 'ratio', 'sklearn', '{:.1f}')} | {row['limit']:.0%} | {row['threads']:.2f} |")
    print("\n| workload | data, MiB | beyond the data: latent | Armadillo | scikit-learn | the command, 20 iterations, "
          "over the library | log-likelihood, relative difference |\n|---|---|---|---|---|---|---|")
    for workload, row in results:
        print(f"| {workload.title()} | {work_mib(workload):.0f} | {row['memory']['latent']:.0f} "
              f"| {cell(row, 'memory', 'armadillo', '{:.0f}')} | {cell(row, 'memory', 'sklearn', '{:.0f}')} "
              f"| {row['command']:.2f} | {row['difference']:.0e} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("workloads", nargs="*")
    arguments = parser.parse_intermixed_args()
    results = []
    for workload in WORKLOADS:
        if arguments.workloads and workload.name not in arguments.workloads:
            continue
        folder = arguments.folder / workload.name
        make_data(workload, folder)
        tools = Tools(arguments.programs, folder)
        results.append((workload, measure(workload, tools, arguments.rounds, limits(arguments.programs, 2))))
        print(workload.name, results[-1][1], file=sys.stderr)
    print_tables(results)


main()
