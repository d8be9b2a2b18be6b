"""EM beside other ways of clustering: the tables of docs/when-not-em.md.

    compare.py LATENT      the command latent, as the release has it

How well each finds the groups of data_sets.py, by the adjusted Rand index (Hubert & Arabie 1985): 1 is all of them, 0
is no better than chance. And how long each takes. Every method but DBSCAN is told how many groups there are, and noise is a
group.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors

import data_sets

warnings.simplefilter("ignore")


class Latent:
    """The command, with its own defaults."""

    def __init__(self, command, folder):
        self.command, self.folder = command, pathlib.Path(folder)

    def run(self, *arguments):
        return subprocess.run([self.command, *map(str, arguments)], check=True, capture_output=True, text=True).stdout

    def labels(self, subcommand, data, groups, *options):
        """The most probable component of each observation, or None where there is no fit."""
        file, model = self.folder / "data.npy", self.folder / "model.json"
        np.save(file, data)
        try:
            self.run(subcommand, "gaussian-mixture", file, "--components", groups, "--save", model, "--quiet", *options)
        except subprocess.CalledProcessError as error:
            if error.returncode == 3:  # no start gave a fit
                return None
            raise
        rows = csv.DictReader(self.run("predict", model, file).splitlines())
        return np.array([int(row["component"]) for row in rows])

    def number(self, data, criterion):
        file, model = self.folder / "data.npy", self.folder / "model.json"
        np.save(file, data)
        self.run("select", "gaussian-mixture", file, "--components", "1..10", "--criterion", criterion, "--save", model,
                 "--quiet")
        return len(json.loads(model.read_text())["parameters"]["weights"])

    def full(self, data, groups):
        return self.labels("fit", data, groups)

    def one_more(self, data, groups):
        return self.labels("fit", data, groups + 1)

    def chosen(self, data, groups):
        return self.labels("select", data, groups, "--covariance", "all")


def k_means(data, groups):
    return KMeans(groups, n_init=10, random_state=1).fit_predict(data)


def ward(data, groups):
    return AgglomerativeClustering(groups, linkage="ward").fit_predict(data)


def single_linkage(data, groups):
    return AgglomerativeClustering(groups, linkage="single").fit_predict(data)


def distances_to_neighbour(data):
    """To the nearest observation but 2d - 2 of each, ascending: where DBSCAN's eps is read off (Sander et al. 1998).

    DBSCAN counts an observation among its own 2d neighbours; kneighbors() without an argument doesn't.
    """
    neighbours = 2 * data.shape[1] - 1
    return np.sort(NearestNeighbors(n_neighbors=neighbours).fit(data).kneighbors()[0][:, -1])


def dbscan_by_knee(data, _groups):
    """eps at the knee of those distances: where they are farthest below the chord."""
    distances = distances_to_neighbour(data)
    chord = np.linspace(distances[0], distances[-1], len(distances))
    eps = distances[np.argmax(chord - distances)]
    return DBSCAN(eps=eps, min_samples=2 * data.shape[1]).fit_predict(data)


def dbscan_by_hindsight(data, group):
    """The best of fifty values of eps, by the index itself: what no one can do who doesn't know the groups."""
    grid = np.quantile(distances_to_neighbour(data), np.linspace(0.02, 1.0, 50))
    labels = [DBSCAN(eps=eps, min_samples=2 * data.shape[1]).fit_predict(data) for eps in grid]
    return max(adjusted_rand_score(group, each) for each in labels)


def row(cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def head(cells):
    row(cells)
    row(["---"] + ["--:"] * (len(cells) - 1))


def in_words(index, best):
    """Bold where it is the best, or so near that another draw of the data may turn it round."""
    if index is None:
        return "no fit"
    text = f"{index:.2f}".replace("-0.00", "0.00")
    return f"**{text}**" if index > best - 0.02 else text


def table_of_groups(latent):
    methods = [latent.full, latent.one_more, latent.chosen, k_means, ward, single_linkage, dbscan_by_knee]
    head(["data", "EM, full", "EM, a component more", "EM, covariance by BIC", "k-means", "Ward", "single linkage",
          "DBSCAN, eps at the knee", "DBSCAN, best eps in hindsight"])
    for data_set in data_sets.ALL:
        data, group = data_sets.made(data_set)
        found = [method(data, len(set(group))) for method in methods]
        indices = [None if labels is None else adjusted_rand_score(group, labels) for labels in found]
        indices.append(dbscan_by_hindsight(data, group))
        best = max(index for index in indices if index is not None)
        row([data_set.__doc__] + [in_words(index, best) for index in indices])


def table_of_truths():
    head(["data", "the true densities"])
    for data_set, truth in [(data_sets.overlapping, data_sets.OVERLAPPING), (data_sets.crossing, data_sets.CROSSING)]:
        data, group = data_sets.made(data_set)
        index = adjusted_rand_score(group, data_sets.most_probable(data, *truth))
        row([data_set.__doc__, f"{index:.2f}"])


def numbers_of_components(latent):
    """What select keeps of 1 to 10 components, of full covariance, where the groups are known, or are none."""
    head(["data", "groups", "BIC", "ICL"])
    for data_set in [data_sets.overlapping, data_sets.heavy_tails, data_sets.moons, data_sets.uniform]:
        data, group = data_sets.made(data_set)
        kept = [latent.number(data, criterion) for criterion in ["bic", "icl"]]
        row([data_set.__doc__, str(len(set(group)))] + [str(number) for number in kept])


def seconds(method, *arguments):
    """The least of three."""
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        method(*arguments)
        times.append(time.perf_counter() - begin)
    return min(times)


def table_of_times(latent):
    head(["observations", "EM, 10 restarts", "EM, 1 restart", "k-means, 10 restarts", "k-means, 1 restart", "Ward",
          "DBSCAN"])
    for observations in [1_000, 10_000, 100_000]:
        data, _ = data_sets.large(observations)
        file = latent.folder / "large.npy"
        np.save(file, data)
        eps = distances_to_neighbour(data)[len(data) * 9 // 10]

        def em(restarts):
            latent.run("fit", "gaussian-mixture", file, "--components", 5, "--restarts", restarts, "--quiet")

        times = [seconds(em, 10), seconds(em, 1), seconds(lambda: KMeans(5, n_init=10, random_state=1).fit(data)),
                 seconds(lambda: KMeans(5, n_init=1, random_state=1).fit(data)),
                 seconds(ward, data, 5) if observations <= 10_000 else None,  # N²/2 distances
                 seconds(lambda: DBSCAN(eps=eps, min_samples=10).fit(data))]
        row([f"{observations:,}"] + ["–" if t is None else f"{t:.3g}" for t in times])


def main():
    with tempfile.TemporaryDirectory() as folder:
        latent = Latent(sys.argv[1], folder)
        print("Adjusted Rand index\n")
        table_of_groups(latent)
        print("\nWhere groups overlap\n")
        table_of_truths()
        print("\nNumber of components\n")
        numbers_of_components(latent)
        print("\nSeconds, for five groups in five dimensions\n")
        table_of_times(latent)


if __name__ == "__main__":
    main()
