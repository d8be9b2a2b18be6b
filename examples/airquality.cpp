// Air quality in New York, May to September 1973: ozone was not measured on 37 of 153 days, solar radiation on 7.
//
// What to look for: leaving out the days with holes would throw 42 days away, with all that was measured on them. EM
// uses every value, and fills each hole with its conditional mean. The conditional standard deviation says what that is
// worth. A normal distribution does not know that ozone can't be negative: where the model is wrong, so is what it
// fills in.
#include <fmt/format.h>

#include <cmath>

#include "latent/data/data_file.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "latent/solver/fit.hpp"

int main() {
  using namespace latent;
  const NumericTable table = open_data(LATENT_DATA_DIR "/airquality.csv").numbers();
  const Observations days = table.observations();

  const IncompleteObservations data(days);
  const auto result = fit(IncompleteGaussian(data), data);
  fmt::print("log-likelihood {:.4f} after {} iterations, {} missingness patterns\n", result.log_likelihood,
             result.iterations, data.patterns().size());
  for (Index column = 0; column < 4; ++column) {
    fmt::print("  {:<8} mean {:8.3f}, mean of the days it was measured {:8.3f}\n",
               table.columns()[static_cast<std::size_t>(column)], result.model.mean()[column],
               data.observed_means()[column]);
  }

  const RowMatrix filled = result.model.impute(days);
  for (std::size_t row = 0; row < 10; ++row) {
    if (!std::isnan(days(row, 0))) continue;
    const Matrix covariance = result.model.conditional_covariance({true, std::isnan(days(row, 1)), false, false});
    fmt::print("Ozone on day {}: {:.1f}, give or take {:.1f} ppb\n", row + 1, filled(static_cast<Index>(row), 0),
               std::sqrt(covariance(0, 0)));
  }
}
