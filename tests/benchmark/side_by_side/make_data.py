"""Makes the data and the start of a workload, as .npy and as raw numbers: make_data.py WORKLOAD FOLDER."""

import json
import pathlib
import sys

import numpy as np

import workloads


def gaussian_mixture(workload, rng):
    """Overlapping clusters, and a start away from them."""
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
    return {
        "data": data,
        "weights": np.full(k, 1.0 / k),
        "means": centres + 0.3 * rng.normal(size=(k, d)),
        "covariances": covariances[workload.kind],
    }


def coins(workload, rng):
    """Sets of 10 to 99 tosses, and a start away from their biases."""
    n, k = workload.observations, workload.components
    biases = (np.arange(k) + 0.5) / k
    tosses = rng.integers(10, 100, size=n)
    heads = rng.binomial(tosses, biases[rng.integers(k, size=n)])
    return {
        "data": np.column_stack([heads, tosses]).astype(float),
        "weights": np.full(k, 1.0 / k),
        "means": 0.1 + 0.8 * biases,
    }


def incomplete(workload, rng):
    """Normal data with a fifth of the values missing, in every pattern."""
    data = rng.normal(size=(workload.observations, workload.dimension))
    data = data @ rng.normal(size=(workload.dimension, workload.dimension))
    data[rng.random(data.shape) < 0.2] = np.nan
    return {"data": data[~np.isnan(data).all(axis=1)]}


def main():
    workload, folder = workloads.named(sys.argv[1]), pathlib.Path(sys.argv[2])
    make = {"coins": coins, "incomplete": incomplete}.get(workload.kind, gaussian_mixture)
    arrays = make(workload, np.random.default_rng(1))
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
        array.tofile(folder / f"{name}.raw")
    (folder / "shape.txt").write_text(f"{workload.kind} {workload.dimension} {workload.components}\n")
    if workload.is_gaussian_mixture():
        np.save(folder / "covariance_rows.npy", arrays["covariances"].reshape(-1, workload.dimension))
        parameters = {name: arrays[name].tolist() for name in ("weights", "means", "covariances")}
        parameters["covariance"] = workload.kind
        (folder / "start.json").write_text(json.dumps({"model": "gaussian-mixture", "parameters": parameters}))


main()
