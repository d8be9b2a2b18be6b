// What the monitor says, slip by slip: a model of fifteen lines, right and with one mistake at a time; docs/monitor.md
// goes through it.
//
// What to look for: the half-step that is named is where to look first, and the sentence says for what. One slip makes
// nothing decrease from one start, and is seen from another. The last model gives no Q function, and its slip is seen,
// but not placed.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

#include "latent/solver/fit.hpp"

enum class Slip { none, m_step, e_step, hidden, q, log_likelihood };

// 197 animals of four kinds, of probabilities 1/2 + p/4, (1-p)/4, (1-p)/4 and p/4 (Dempster, Laird & Rubin 1977).
struct Linkage {
  using Data = std::array<double, 4>;
  struct Statistics {
    double with_p, without, neither;  // expected numbers of animals that tell of p, of 1 - p, and of nothing
  };
  double p = 0.5;
  Slip slip = Slip::none;

  Statistics e_step(const Data& y) const {
    double share = p / (2 + p);
    if (slip == Slip::e_step) share = p;      // the factor 1/4 forgotten, and not divided by the sum: no posterior
    if (slip == Slip::hidden) share = p / 4;  // not divided by the sum
    return {y[0] * share + y[3], y[1] + y[2], y[0] * (1 - share)};
  }
  void m_step(const Statistics& s) {
    const double all = s.with_p + s.without;
    p = s.with_p / (slip == Slip::m_step ? all + s.neither : all);  // animals counted that tell of nothing
  }
  double log_likelihood(const Data& y) const {
    const double of_last = slip == Slip::log_likelihood ? 0 : y[3] * std::log(p / 4);  // a kind is left out
    return y[0] * std::log(0.5 + p / 4) + (y[1] + y[2]) * std::log((1 - p) / 4) + of_last;
  }
};

struct WatchedLinkage : Linkage {
  double expected_log_joint(const Statistics& s) const {
    const double of_others = slip == Slip::q ? 0 : s.without * std::log((1 - p) / 4);  // a term is left out
    return s.with_p * std::log(p / 4) + of_others + s.neither * std::log(0.5);
  }
};

namespace {

template <class Model>
void show(std::string_view what, const Model& model) {
  const auto result = latent::fit(model, Linkage::Data{125, 18, 20, 34}, {.stop = latent::iteration_limit(20)});
  fmt::print("{}: p = {:.4f}\n", what, result.model.p);
  for (const std::string& warning : result.warnings) {
    if (!warning.starts_with("not converged")) fmt::print("  {}\n", warning);
  }
}

}  // namespace

int main() {
  const auto right =
      latent::fit(WatchedLinkage(), Linkage::Data{125, 18, 20, 34}, {.stop = latent::iteration_limit(5)});
  fmt::print("iteration   ELBO after the M-step   objective after the E-step\n");
  for (const latent::Iteration& iteration : right.trace) {
    const auto elbo = iteration.elbo_after_m_step ? fmt::format("{:.8f}", *iteration.elbo_after_m_step) : "";
    fmt::print("{:>9}   {:>21}   {:>26.8f}\n", iteration.number, elbo, iteration.objective);
  }

  fmt::print("\n");
  show("right", WatchedLinkage());
  show("a slip in m_step", WatchedLinkage{{.slip = Slip::m_step}});
  show("a slip in e_step", WatchedLinkage{{.slip = Slip::e_step}});
  show("another, from p = 0.5", WatchedLinkage{{.slip = Slip::hidden}});
  show("the same from p = 0.9", WatchedLinkage{{.p = 0.9, .slip = Slip::hidden}});
  show("a slip in expected_log_joint", WatchedLinkage{{.slip = Slip::q}});
  show("the same from p = 0.9", WatchedLinkage{{.p = 0.9, .slip = Slip::q}});
  show("a slip in log_likelihood", WatchedLinkage{{.slip = Slip::log_likelihood}});
  show("a slip in m_step, without expected_log_joint", Linkage{.slip = Slip::m_step});
}
