# The peer Amelia, its EM for incomplete normal data: fit_amelia.R FOLDER ITERATIONS. Prints one JSON object.
suppressPackageStartupMessages(library(Amelia))
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
iterations <- as.integer(arguments[2])
dimension <- as.integer(strsplit(readLines(file.path(folder, "shape.txt")), " ")[[1]][2])
file <- file.path(folder, "data.raw")
data <- matrix(readBin(file, "double", n = file.size(file) / 8), ncol = dimension, byrow = TRUE)
data[is.nan(data)] <- NA
seconds <- system.time(
  fit <- amelia(data, m = 1, p2s = 0, boot.type = "none", incheck = FALSE, tolerance = 1e-300,
                emburn = c(iterations, iterations)))[["elapsed"]]
fitted <- if (nrow(fit$iterHist[[1]]) == iterations) "true" else "false"
cat(sprintf('{"fitted": %s, "seconds": %.9g, "log_likelihood": null}\n', fitted, seconds))
