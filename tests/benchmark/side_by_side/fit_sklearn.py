"""The peer scikit-learn, GaussianMixture, on one workload: fit_sklearn.py FOLDER ITERATIONS. Prints one JSON object."""

import json
import sys
import time
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

folder, iterations = sys.argv[1], int(sys.argv[2])
covariance, dimension, components = open(f"{folder}/shape.txt").read().split()
data = np.load(f"{folder}/data.npy")
means = np.load(f"{folder}/means.npy")
covariances = np.load(f"{folder}/covariances.npy")
precisions = 1.0 / covariances if covariance == "diagonal" else np.linalg.inv(covariances)

mixture = GaussianMixture(
    int(components), covariance_type="diag" if covariance == "diagonal" else covariance, tol=0.0, reg_covar=0.0,
    max_iter=iterations, init_params="random", weights_init=np.load(f"{folder}/weights.npy"), means_init=means,
    precisions_init=precisions, random_state=0)
warnings.simplefilter("ignore")  # not converged: so many iterations were asked for
begin = time.perf_counter()
mixture.fit(data)
seconds = time.perf_counter() - begin
log_likelihood = mixture.score(data) * len(data)
print(json.dumps({"fitted": mixture.n_iter_ == iterations, "seconds": seconds, "log_likelihood": log_likelihood}))
