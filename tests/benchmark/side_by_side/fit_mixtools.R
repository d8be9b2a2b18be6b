# The peer mixtools, multmixEM, on a coin workload: fit_mixtools.R FOLDER ITERATIONS. Prints one JSON object.
suppressPackageStartupMessages(library(mixtools))
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
iterations <- as.integer(arguments[2])
numbers <- function(name) readBin(file.path(folder, name), "double", n = file.size(file.path(folder, name)) / 8)
data <- matrix(numbers("data.raw"), ncol = 2, byrow = TRUE)
sides <- cbind(data[, 1], data[, 2] - data[, 1])
biases <- numbers("means.raw")
# It counts E-steps, and gives the log-likelihood before its last M-step.
seconds <- system.time(invisible(capture.output(
  fit <- suppressWarnings(multmixEM(sides, lambda = numbers("weights.raw"), theta = cbind(biases, 1 - biases),
                                    maxit = iterations + 1, epsilon = 0)))))[["elapsed"]]
fitted <- if (length(fit$all.loglik) == iterations + 1) "true" else "false"
cat(sprintf('{"fitted": %s, "seconds": %.9g, "log_likelihood": %.17g}\n', fitted, seconds, fit$loglik))
