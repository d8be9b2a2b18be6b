"""The default of gaussian-mixture against plain maximum likelihood and a penalty: the table of docs/defaults.md.

Usage: compare.py LATENT ROOT [NAME...]: the command, the project's root folder, and which data sets (all by default).

For each data set and each way of protecting: how many components BIC takes, and how many nats the fit of the right number
of components lies below the maximum of the plain likelihood that EM reaches from the true groups.
"""

import csv
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

LATENT, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])

# name: (options of the command, whether it is the default)
WAYS = {
    "plain ML": ["--floor", "0"],
    "penalty 1/n": ["--penalty"],
    "default": [],
    "floor 1e-4": ["--floor", "1e-4"],
}


class DataSet:
    """Values N x d, the numbers of components that are right, and the true group of each row (or none)."""

    def __init__(self, values, right, groups=None, covariance="full", top=None):
        self.values = np.asarray(values, dtype=float)
        if self.values.ndim == 1:
            self.values = self.values[:, None]
        self.right = right if isinstance(right, (list, tuple)) else [right]
        self.groups = None if groups is None else np.asarray(groups)
        self.covariance = covariance
        self.top = top or max(self.right) + 3


def groups_of(sizes):
    return np.repeat(np.arange(len(sizes)), sizes)


def far(centres, size, rng, deviations=None, dimension=1):
    centres = np.asarray(centres, dtype=float).reshape(len(centres), -1)
    centres = np.hstack([centres, np.zeros((len(centres), dimension - centres.shape[1]))])
    deviations = np.ones(len(centres)) if deviations is None else deviations
    values = np.vstack([c + s * rng.normal(size=(size, dimension)) for c, s in zip(centres, deviations)])
    return DataSet(values, len(centres), groups_of([size] * len(centres)))


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return np.array([[float(cell) for cell in row] for row in rows[1:]])


def data_sets():
    """All data sets, by name. Each has a random stream of its own."""
    streams = iter(np.random.default_rng(20261127).spawn(100)) if hasattr(np.random.Generator, "spawn") else (
        np.random.default_rng([20261127, i]) for i in range(100))
    rng = lambda: next(streams)
    sets = {}
    for gap in (1e2, 1e4, 1e6):
        sets[f"2 groups, d=1, {gap:.0e} sd apart"] = far([0, gap], 100, rng())
    for gap in (1e2, 1e4, 1e6):
        sets[f"3 groups, d=2, {gap:.0e} sd apart"] = far([[0, 0], [gap, 0], [0, gap]], 100, rng(), dimension=2)
    sets["3 groups, d=5, 1e+03 sd apart"] = far([[0] * 5, [1e3] * 5, [-1e3, 1e3] + [0] * 3], 80, rng(), dimension=5)
    sets["groups at 0, 7, 5000"] = far([0, 7, 5000], 100, rng())
    sets["four far, d=2, to 1e5"] = far([[0, 0], [30, 0], [0, 1e3], [1e5, 1e5]], 50, rng(), dimension=2)
    sets["sixteen groups, 1e+03 sd apart"] = far([1e3 * i for i in range(16)], 25, rng())
    sets["near, d=3"] = far([[0, 0, 0], [6, 0, 0]], 100, rng(), dimension=3)
    r = rng()
    sets["an outlier at 3e4"] = DataSet(
        np.vstack([r.normal(size=(100, 1)), 8 + r.normal(size=(100, 1)), [[3e4]]]), 3, groups_of([100, 100, 1]))
    r = rng()
    sets["an outlier at 1e4, d=2"] = DataSet(
        np.vstack([r.normal(size=(100, 2)), [8, 8] + r.normal(size=(100, 2)), [[1e4, 1e4]]]), 3,
        groups_of([100, 100, 1]))
    sets["sd 1 and 100, gap 2000"] = far([0, 2000], 125, rng(), deviations=[1, 100])
    sets["sd 1 and 1e4, gap 2e5"] = far([0, 2e5], 125, rng(), deviations=[1, 1e4])
    r = rng()
    sets["crossing 20:1"] = DataSet(
        np.vstack([r.normal(size=(100, 2)) * [20, 1], r.normal(size=(100, 2)) * [1, 20]]), 2, groups_of([100, 100]))
    r = rng()
    sets["counts: Poisson 2 and 15"] = DataSet(np.concatenate([r.poisson(2, 175), r.poisson(15, 175)]), [2, 3])
    r = rng()
    sets["rounded: N(20,2), N(30,3)"] = DataSet(np.round(np.concatenate([r.normal(20, 2, 200), r.normal(30, 3, 200)])),
                                                [2, 3])
    sets["0/1 columns, d=5"] = DataSet(rng().integers(0, 2, (250, 5)), 1)
    sets["Likert 1 to 5, d=4"] = DataSet(np.clip(np.round(rng().normal(3, 1, (300, 4))), 1, 5), 1)
    r = rng()
    sets["zero-inflated normal"] = DataSet(np.where(r.random(300) < 0.3, 0.0, r.normal(10.0, 2.0, 300)), 2)
    for size in (5, 8, 12):
        sets[f"2 x {size} observations, 20 sd apart"] = far([0, 20], size, rng())
    for n, d in ((40, 1), (100, 4), (60, 2), (120, 8)):
        sets[f"one normal, {n} x {d}"] = DataSet(rng().normal(size=(n, d)), 1)
    for spacing in ("0.7", "2"):
        sets[f"one normal, sd {spacing} of the spacing"] = DataSet(np.round(rng().normal(0, float(spacing), 200)), 1)
    r = rng()
    x = np.concatenate([r.normal(0, 1, 100), r.normal(8, 1, 100)])
    sets["a nearly collinear column"] = DataSet(np.column_stack([x, x + 1e-4 * r.normal(size=200)]), 2,
                                                groups_of([100, 100]))
    cases, reference = ROOT / "tests" / "cases", ROOT / "tests" / "reference"
    case = read_csv(cases / "far-groups.csv")
    sets["cases: two moments a day apart"] = DataSet(case, 2, (case[:, 0] > case[:, 0].mean()).astype(int))
    case = read_csv(cases / "far-groups-small.csv")
    sets["cases: 10 and 10, 20 sd apart"] = DataSet(case, 2, (case[:, 0] > case[:, 0].mean()).astype(int))
    sets["cases: counts"] = DataSet(read_csv(cases / "counts.csv"), [2, 3], top=12)
    for name, right in (("faithful-2-full", [2, 3]), ("iris-3-full", [2, 3]), ("galaxies-3-tied", [3, 4]),
                        ("geyser-4-tied", [3, 4, 5, 6])):
        sets[f"reference: {name.rsplit('-', 2)[0]}"] = DataSet(read_csv(reference / f"{name}.csv"), right)
    return sets


def options_of(way, data):
    options = WAYS[way]
    return options + [repr(1.0 / len(data.values))] if options == ["--penalty"] else options


def run(arguments):
    done = subprocess.run([LATENT, *arguments, "--json", "--quiet"], capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def start_of(data):
    """Weights, means and covariances of the true groups, as --start takes them."""
    parts = [data.values[data.groups == k] for k in range(max(data.right))]
    covariances = []
    for part in parts:
        centred = part - part.mean(axis=0)
        # A group of one observation begins with the spread of its neighbours.
        spread = np.mean([np.var(p) for p in parts if len(p) > part.shape[1] + 1])
        covariances.append((centred.T @ centred / len(part) if len(part) > part.shape[1]
                            else spread * np.eye(part.shape[1])).tolist())
    return {"model": "gaussian-mixture", "columns": columns_of(data),
            "parameters": {"covariance": "full", "weights": [len(p) / len(data.values) for p in parts],
                           "means": [p.mean(axis=0).tolist() for p in parts], "covariances": covariances}}


def columns_of(data):
    return [f"x{j}" for j in range(data.values.shape[1])]


def right_number(data):
    return data.right[0] if data.groups is None else len(set(data.groups))


def plain_maximum(data, file, folder):
    """The log-likelihood that EM reaches from the true groups; nothing if it collapses there, or no groups are known."""
    if data.groups is None:
        return None
    start = folder / "start.json"
    start.write_text(json.dumps(start_of(data)))
    fit = run(["fit", "gaussian-mixture", str(file), "--start", str(start), "--floor", "0"])
    return None if fit is None else fit["log_likelihood"]


def judged(data, way, file, maximum):
    """(K by BIC, the nats that the fit of the right K lies below the maximum)."""
    options = options_of(way, data)
    selection = run(["select", "gaussian-mixture", str(file), "--components", f"1..{data.top}", *options])
    chosen = None if selection is None else selection["candidates"][selection["best"]]["components"]
    fit = run(["fit", "gaussian-mixture", str(file), "--components", str(right_number(data)), *options])
    gap = None if fit is None or maximum is None else maximum - fit["log_likelihood"]
    return chosen, gap


def number(gap):
    if abs(gap) < 1e-6:
        return "0"
    return f"{gap:.2g}" if abs(gap) < 100 else f"{gap:.0f}"


def cell(data, chosen, gap):
    text = "fails" if chosen is None else f"{chosen}{'' if chosen in data.right else ' (!)'}"
    return text if gap is None else f"{text}, {number(gap)}"


def main():
    wanted = sys.argv[3:]
    print(f"| data | right | {' | '.join(WAYS)} |\n|---|---|{'---|' * len(WAYS)}")
    right = dict.fromkeys(WAYS, 0)
    count = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for name, data in data_sets().items():
            if wanted and not any(part in name for part in wanted):
                continue
            file = folder / "data.csv"
            np.savetxt(file, data.values, delimiter=",", header=",".join(columns_of(data)), comments="", fmt="%.17g")
            maximum = plain_maximum(data, file, folder)
            cells = []
            for way in WAYS:
                chosen, gap = judged(data, way, file, maximum)
                right[way] += chosen in data.right and (gap is None or gap < 1e-6 * max(1.0, abs(maximum)))
                cells.append(cell(data, chosen, gap))
            count += 1
            print(f"| {name} | {' or '.join(map(str, data.right))} | {' | '.join(cells)} |", flush=True)
    print(f"| **right, of {count}** | | {' | '.join(str(right[way]) for way in WAYS)} |")


if __name__ == "__main__":
    main()
