"""latent beside its peers: the same data, start and number of iterations, in one run.

side_by_side.py PROGRAMS FOLDER [--rounds R] [WORKLOAD ...]

PROGRAMS holds the built benchmarks, FOLDER takes the data. The tools take turns, so that a machine that is slower for a
while is so for all. Prints the tables of docs/performance.md.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import workloads

HERE = pathlib.Path(__file__).parent
PEERS = {"armadillo": "Armadillo", "sklearn": "scikit-learn", "mixtools": "mixtools", "amelia": "Amelia"}
THREADS = 2


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
    """latent and its peers on one workload."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder

    def fit(self, tool, iterations, threads=THREADS):
        command = {
            "latent": [self.programs / "fit_latent", self.folder, iterations, threads],
            "armadillo": [self.programs / "fit_armadillo", self.folder, iterations],
            "sklearn": [sys.executable, HERE / "fit_sklearn.py", self.folder, iterations],
            "mixtools": ["Rscript", HERE / "fit_mixtools.R", self.folder, iterations],
            "amelia": ["Rscript", HERE / "fit_amelia.R", self.folder, iterations],
        }[tool]
        result = run(command, threads)
        if not result["fitted"]:
            sys.exit(f"{tool} did not make {iterations} iterations on {self.folder}")
        return result

    def per_iteration(self, tool, short, long, threads=THREADS):
        """Seconds an iteration, as (long − short) / difference, and the long run."""
        first = self.fit(tool, short, threads)
        last = self.fit(tool, long, threads)
        return (last["seconds"] - first["seconds"]) / (long - short), last

    def command_seconds(self, iterations):
        """The wall time of the whole command on the .npy file."""
        words = [self.programs / "latent", "fit", "gaussian-mixture", self.folder / "data.npy", "--start",
                 self.folder / "start.json", "--penalty", 0, "--max-iterations", iterations, "--tolerance", 0,
                 "--threads", THREADS, "--json", "--quiet"]
        return run(words, THREADS)["wall"]


def rates_of_the_machine(programs):
    """Multiply-adds, exponentials and bytes a second."""
    words = [programs / "limits_benchmark", "--benchmark_format=json", "--benchmark_min_time=0.05"]
    printed = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    rows = json.loads(printed)["benchmarks"]
    return {row["name"].split("/")[0]: row["rate"] for row in rows if row["threads"] == THREADS}


def iterations_of_a_tenth_of_a_second(tools):
    """latent is so fast that the difference of few iterations would be lost in the noise."""
    seconds, _ = tools.per_iteration("latent", 2, 12)
    return max(10, min(2000, int(0.1 / max(seconds, 1e-6))))


def difference_of_log_likelihoods(workload, tools, tool, theirs):
    """Relative; nothing for Amelia, which starts elsewhere and tells none."""
    if theirs is None:
        return None
    ours = tools.fit("latent", workload.long)["log_likelihood"]
    difference = abs(ours - theirs) / abs(theirs)
    if not difference <= 1e-10:
        sys.exit(f"{workload.name}: log-likelihood {ours!r} by latent, {theirs!r} by {tool}")
    return difference


def measure(workload, tools, rounds):
    short, long = 3, 3 + iterations_of_a_tenth_of_a_second(tools)
    times = {tool: [] for tool in ("latent", *workload.peers)}
    scaling, command, limits, peaks, differences = [], [], [], {}, []
    for _ in range(rounds):
        rates = rates_of_the_machine(tools.programs)
        for tool in workload.peers:
            seconds, last = tools.per_iteration(tool, workload.short, workload.long)
            times[tool].append(seconds)
            peaks[tool] = last["peak"]
            differences.append(difference_of_log_likelihoods(workload, tools, tool, last["log_likelihood"]))
        seconds, last = tools.per_iteration("latent", short, long)
        times["latent"].append(seconds)
        peaks["latent"] = last["peak"]
        limits.append((workload.limit(rates) or 0.0) / seconds)
        scaling.append(tools.per_iteration("latent", short, long, threads=1)[0] / seconds)
        if workload.is_gaussian_mixture():
            command.append(tools.command_seconds(20) / tools.fit("latent", 20)["seconds"])
    differences = [difference for difference in differences if difference is not None]
    seconds = {tool: statistics.median(values) for tool, values in times.items()}
    return {
        "seconds": seconds,
        "ratio": {tool: statistics.median(t / l for t, l in zip(times[tool], times["latent"])) for tool in workload.peers},
        "rates": rates,
        "limit": statistics.median(limits) or None,
        "scaling": statistics.median(scaling),
        "command": statistics.median(command) if command else None,
        "beyond": {tool: peak - workload.data_mib() for tool, peak in peaks.items()},
        "difference": max(differences) if differences else None,
    }


def of_peers(workload, values, form):
    return ", ".join(f"{PEERS[tool]} {values[tool]:{form}}" for tool in workload.peers) or "–"


def optional(value, form):
    return "–" if value is None else f"{value:{form}}"


def print_tables(results):
    print("\n| workload | latent, s | peers, s | times faster than | of the limit | 1 → 2 threads |")
    print("|---|---|---|---|---|---|")
    for workload, row in results:
        print(f"| {workload.title()} | {row['seconds']['latent']:.3g} | {of_peers(workload, row['seconds'], '.3g')} "
              f"| {of_peers(workload, row['ratio'], '.1f')} | {optional(row['limit'], '.0%')} | {row['scaling']:.2f} |")
    print("\n| workload | data, MiB | process beyond the data, MiB | of peers | command over library | log-likelihoods differ by |")
    print("|---|---|---|---|---|---|")
    for workload, row in results:
        print(f"| {workload.title()} | {workload.data_mib():.0f} | {row['beyond']['latent']:.0f} "
              f"| {of_peers(workload, row['beyond'], '.0f')} | {optional(row['command'], '.2f')} "
              f"| {optional(row['difference'], '.0e')} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("workloads", nargs="*", default=[], metavar="WORKLOAD",
                        help=", ".join(workload.name for workload in workloads.WORKLOADS))
    arguments = parser.parse_intermixed_args()
    unknown = set(arguments.workloads) - {workload.name for workload in workloads.WORKLOADS}
    if unknown:
        parser.error(f"there is no workload {', '.join(sorted(unknown))}")
    chosen = [workloads.named(name) for name in arguments.workloads] or workloads.WORKLOADS
    results = []
    for workload in chosen:
        print(f"{workload.title()} …", file=sys.stderr)
        folder = arguments.folder / workload.name
        subprocess.run([sys.executable, HERE / "make_data.py", workload.name, folder], check=True)
        results.append((workload, measure(workload, Tools(arguments.programs, folder), arguments.rounds)))
    rates = results[-1][1]["rates"]
    print(f"\n{THREADS} threads, at the last workload: {rates['multiply_adds_per_second'] / 1e9:.1f} G multiply-adds, "
          f"{rates['exponentials_per_second'] / 1e9:.2f} G exponentials, {rates['bytes_read_per_second'] / 1e9:.1f} GB "
          "read a second")
    print_tables(results)


main()
