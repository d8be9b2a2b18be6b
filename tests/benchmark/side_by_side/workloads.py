"""The workloads: what latent and its peers are timed on."""

import dataclasses


@dataclasses.dataclass
class Workload:
    name: str
    kind: str  # the covariance of a Gaussian mixture, "coins" or "incomplete"
    observations: int
    dimension: int
    components: int
    peers: tuple  # those that have such a model
    short: int  # iterations of a short and of a long run of the peers
    long: int

    def title(self):
        if self.kind == "coins":
            return f"coins, N={self.observations:,} K={self.components}"
        if self.kind == "incomplete":
            return f"incomplete Gaussian, N={self.observations:,} d={self.dimension}, 20 % missing"
        return f"{self.kind}, N={self.observations:,} d={self.dimension} K={self.components}"

    def is_gaussian_mixture(self):
        return self.kind not in ("coins", "incomplete")

    def data_mib(self):
        numbers = {"coins": 6}.get(self.kind, self.dimension)  # two in the file, four as latent holds a set of tosses
        return self.observations * numbers * 8 / 2**20

    def limit(self, rates):
        """Seconds that an iteration takes at least, by what the machine can do; None where nothing simple says so."""
        pairs = self.observations * self.components
        if self.kind in ("incomplete", "tied"):
            return None  # small matrices fill no registers; of one covariance much is common to all components
        if self.kind == "coins":  # three sums for each set and coin, or the reading of 32 bytes a set
            compute = 2 * pairs * 3 / rates["multiply_adds_per_second"] + pairs / rates["exponentials_per_second"]
            return max(compute, 32 * self.observations / rates["bytes_read_per_second"])
        full = self.kind == "full"
        features = (self.dimension + 1) * (self.dimension + 2) / 2 if full else 2 * self.dimension + 1
        # A multiply-add for each feature of each pair in the density, and another in the statistics.
        return 2 * pairs * features / rates["multiply_adds_per_second"] + pairs / rates["exponentials_per_second"]


BOTH = ("armadillo", "sklearn")
WORKLOADS = [
    Workload("full-2", "full", 1_000_000, 2, 3, BOTH, 2, 8),
    Workload("full-8", "full", 500_000, 8, 8, BOTH, 2, 6),
    Workload("full-32", "full", 200_000, 32, 16, BOTH, 1, 3),
    Workload("full-128", "full", 50_000, 128, 8, BOTH, 1, 5),
    Workload("diagonal-16", "diagonal", 1_000_000, 16, 16, BOTH, 2, 6),
    Workload("full-1", "full", 2_000_000, 1, 2, BOTH, 2, 8),
    Workload("tied-16", "tied", 200_000, 16, 8, ("sklearn",), 2, 6),
    Workload("small-4", "full", 5_000, 4, 5, BOTH, 10, 60),
    Workload("coins", "coins", 200_000, 2, 2, ("mixtools",), 2, 6),
    Workload("coins-many", "coins", 10_000_000, 2, 2, (), 2, 6),
    Workload("incomplete-10", "incomplete", 200_000, 10, 1, ("amelia",), 10, 110),
]


def named(name):
    return next(workload for workload in WORKLOADS if workload.name == name)
