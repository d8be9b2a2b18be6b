import json
import subprocess

import numpy

rng = numpy.random.default_rng(1)
data = numpy.concatenate([rng.normal(1, 1, (600, 2)), rng.normal(5, 1, (400, 2))])
numpy.save("data.npy", data)

subprocess.run("latent fit gaussian-mixture data.npy --components 2 --save fit.json --quiet".split(), check=True)
subprocess.run("latent predict fit.json data.npy --output prediction.npy".split(), check=True)

with open("fit.json") as file:
    fit = json.load(file)
means = numpy.array(fit["parameters"]["means"])
labels = numpy.load("prediction.npy")[:, 0].astype(int) - 1
print("means", sorted(means.round().tolist()))
print("mean distance to the own mean", numpy.linalg.norm(data - means[labels], axis=1).mean().round(1))
