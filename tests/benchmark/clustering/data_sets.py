"""Data with known groups, each made from the same seed: what clusters may look like, and what they may not.

A function returns the observations, N×d, and the group of each, from 0; its first line is the row of the table.
"""

import csv
import pathlib

import numpy as np
from scipy.stats import multivariate_normal
from sklearn.datasets import make_circles, make_moons

SEED = 1
ROOT = pathlib.Path(__file__).resolve().parents[3]


# Sizes, means and roots.
OVERLAPPING = ([700, 500, 300], [[0, 0], [3, 0], [1.5, 3]],
               [[[1.5, 0], [0.9, 1.2]], [[1.5, 0], [-0.9, 1.2]], [[1.0, 0], [0.0, 1.0]]])
CROSSING = ([500] * 2, [[0, 0], [0, 0]], [[[4, 0], [4, 0.4]], [[4, 0], [-4, 0.4]]])


def normal_groups(rng, sizes, means, roots):
    """Normal groups with covariances root·rootᵀ."""
    means, roots = np.asarray(means, float), [np.asarray(root, float) for root in roots]
    data = [mean + rng.normal(size=(n, len(mean))) @ root.T for n, mean, root in zip(sizes, means, roots)]
    return np.concatenate(data), np.repeat(np.arange(len(sizes)), sizes)


def round_groups(rng):
    """three round groups, far apart"""
    return normal_groups(rng, [500] * 3, [[0, 0], [8, 0], [4, 7]], [np.eye(2)] * 3)


def elongated(rng):
    """three elongated groups, side by side"""
    root = [[4.0, 0.0], [3.0, 0.5]]
    return normal_groups(rng, [500] * 3, [[0, 0], [3, -2], [6, -4]], [root] * 3)


def spreads(rng):
    """a tight group, a wide one and one between"""
    return normal_groups(rng, [500] * 3, [[0, 0], [7, 0], [0, 6]], [0.4 * np.eye(2), 3.0 * np.eye(2), np.eye(2)])


def sizes(rng):
    """1,500 observations, 150 and 30"""
    return normal_groups(rng, [1500, 150, 30], [[0, 0], [5, 0], [0, 5]], [np.eye(2)] * 3)


def overlapping(rng):
    """three groups that overlap"""
    return normal_groups(rng, *OVERLAPPING)


def crossing(rng):
    """two groups that cross"""
    return normal_groups(rng, *CROSSING)


def most_probable(data, sizes, means, roots):
    """The group that the true densities make most probable: none has a higher expected accuracy (which is not the Rand index)."""
    covariances = [np.array(root) @ np.transpose(root) for root in roots]
    joint = [np.log(n) + multivariate_normal.logpdf(data, m, c) for n, m, c in zip(sizes, means, covariances)]
    return np.argmax(joint, axis=0)


def heavy_tails(rng):
    """three groups with heavy tails (t, 2 degrees of freedom)"""
    means = np.array([[0, 0], [12, 0], [6, 10]])
    group = np.repeat(np.arange(3), 500)
    scale = np.sqrt(2.0 / rng.chisquare(2.0, size=len(group)))
    return means[group] + rng.normal(size=(len(group), 2)) * scale[:, None], group


def noise(rng):
    """three groups in uniform noise, which is a group too"""
    data, group = normal_groups(rng, [300] * 3, [[-5, -5], [5, -4], [0, 5]], [0.7 * np.eye(2)] * 3)
    return np.concatenate([data, rng.uniform(-10, 10, size=(400, 2))]), np.concatenate([group, np.full(400, 3)])


def moons(rng):
    """two half-moons"""
    return make_moons(1000, noise=0.07, random_state=rng.integers(2**31))


def rings(rng):
    """a ring within a ring"""
    return make_circles(1000, factor=0.5, noise=0.06, random_state=rng.integers(2**31))


def many_dimensions(rng):
    """three groups in 50 dimensions, 300 observations"""
    means = rng.normal(size=(3, 50)) * 0.6
    return normal_groups(rng, [100] * 3, means, [np.diag(rng.uniform(0.5, 1.5, size=50)) for _ in range(3)])


def iris(_rng):
    """iris, three species of 50 flowers"""
    with open(ROOT / "examples/data/iris.csv", newline="") as file:
        rows = list(csv.reader(file))[1:]
    names = sorted({row[-1] for row in rows})
    return np.array([row[:-1] for row in rows], float), np.array([names.index(row[-1]) for row in rows])


def uniform(rng):
    """no groups: uniform in a square"""
    return rng.uniform(size=(1000, 2)), np.zeros(1000, int)


ALL = [round_groups, elongated, spreads, sizes, overlapping, crossing, heavy_tails, noise, moons, rings,
       many_dimensions, iris]


def made(data_set):
    """The data and the groups, in an order drawn at random."""
    rng = np.random.default_rng(SEED)
    data, group = data_set(rng)
    order = rng.permutation(len(data))
    return data[order], group[order]


def large(observations):
    """Five overlapping normal groups in five dimensions, for timing."""
    rng = np.random.default_rng(SEED)
    group = rng.integers(5, size=observations)
    return (2.0 * rng.normal(size=(5, 5)))[group] + rng.normal(size=(observations, 5)), group
