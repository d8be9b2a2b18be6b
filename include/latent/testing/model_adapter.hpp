/// @file
/// How a model becomes an `AnyModel`: each function that it has, by its concepts.
#pragma once

#include <cereal/archives/portable_binary.hpp>
#include <concepts>
#include <cstddef>
#include <exception>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "latent/core/errors.hpp"
#include "latent/core/model.hpp"
#include "latent/core/persistence.hpp"
#include "latent/data/data_set.hpp"
#include "latent/expectation/expectation.hpp"
#include "latent/testing/any_model.hpp"
#include "latent/testing/reweighted.hpp"

namespace latent {

/// `M relabelled(const std::vector<std::size_t>& permutation) const`: the same model with component permutation[k] in
/// the place of component k. Only the checks ask for it (latent/testing/check_model.hpp).
template <class M>
concept RelabellableModel = EMModel<M> && requires(const M& fixed, const std::vector<std::size_t>& permutation) {
  { fixed.relabelled(permutation) } -> std::same_as<M>;
};

namespace detail {

// Calls a function of the model; what it throws gets its name.
template <class Call>
auto naming(const char* function, const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const DegenerateFit& error) {
    throw ThrewIn(function, error.what(), true);
  } catch (const std::exception& error) {
    throw ThrewIn(function, error.what(), false);
  }
}

[[noreturn]] inline void not_there() { throw std::logic_error("a check called a function that the model lacks"); }

// An owner of data beside the data.
template <class Data, class Owner>
struct Held {
  explicit Held(Owner&& given) : owner(std::move(given)), data(static_cast<Data>(owner)) {}
  const Owner owner;
  const Data data;
};

template <class Data, class Owner>
AnyData held(Owner&& owner) {
  const auto both = std::make_shared<const Held<Data, std::remove_cvref_t<Owner>>>(std::forward<Owner>(owner));
  return {both, &both->data};
}

template <EMModel Model, class States>
class ModelAdapter final : public AnyModel {
 public:
  using Data = typename Model::Data;
  using Statistics = typename Model::Statistics;

  // `states` must outlive the adapter.
  ModelAdapter(Model model, const States& states) : model_(std::move(model)), states_(&states) {}

  [[nodiscard]] std::unique_ptr<AnyModel> copy() const override { return wrapped(model_); }

  [[nodiscard]] Refinements refinements() const override {
    return {.initializable = InitializableModel<Model>,
            .one_pass = OnePassModel<Model>,
            .divisible = DivisibleModel<Model>,
            .bounded = BoundedModel<Model>,
            .penalized = PenalizedModel<Model>,
            .parameterized = ParameterizedModel<Model>,
            .countable = CountableModel<Model>,
            .predictive = PredictiveModel<Model>,
            .generative = GenerativeModel<Model>,
            .persistent = PersistentModel<Model>,
            .scalable = ScalableModel<Model>,
            .assignable = AssignableModel<Model>,
            .relabellable = RelabellableModel<Model>,
            .sized = sized,
            .subsettable = SubsettableData<Data>,
            .reweightable = ReweightableData<Data>,
            .states = states_->count};
  }

  [[nodiscard]] AnyStatistics e_step(const AnyData& data) const override {
    return naming("e_step", [&] { return shared(model_.e_step(seen(data))); });
  }
  [[nodiscard]] AnyStatistics divided_e_step(const AnyData& data) const override {
    return naming("e_step", [&] { return shared(expect(model_, seen(data)).statistics); });
  }
  void m_step(const AnyStatistics& statistics) override {
    naming("m_step", [&] { model_.m_step(of(statistics)); });
  }
  [[nodiscard]] double log_likelihood(const AnyData& data) const override {
    return naming("log_likelihood", [&] { return static_cast<double>(model_.log_likelihood(seen(data))); });
  }

  void initialize([[maybe_unused]] const AnyData& data, [[maybe_unused]] RandomEngine& rng) override {
    if constexpr (InitializableModel<Model>) {
      naming("initialize", [&] { model_.initialize(seen(data), rng); });
    } else {
      not_there();
    }
  }
  [[nodiscard]] double log_likelihood_in([[maybe_unused]] const AnyStatistics& statistics) const override {
    if constexpr (OnePassModel<Model>) {
      return static_cast<double>(of(statistics).log_likelihood);
    } else {
      not_there();
    }
  }
  [[nodiscard]] double expected_log_joint([[maybe_unused]] const AnyStatistics& statistics) const override {
    if constexpr (BoundedModel<Model>) {
      return naming("expected_log_joint",
                    [&] { return static_cast<double>(model_.expected_log_joint(of(statistics))); });
    } else {
      not_there();
    }
  }
  [[nodiscard]] double log_prior() const override {
    if constexpr (PenalizedModel<Model>) {
      return naming("log_prior", [&] { return static_cast<double>(model_.log_prior()); });
    } else {
      return 0.0;
    }
  }
  [[nodiscard]] Vector parameters() const override {
    if constexpr (ParameterizedModel<Model>) {
      return naming("parameters", [&]() -> Vector { return model_.parameters(); });
    } else {
      not_there();
    }
  }
  void set_parameters([[maybe_unused]] const Vector& parameters) override {
    if constexpr (ParameterizedModel<Model>) {
      naming("set_parameters", [&] { model_.set_parameters(parameters); });
    } else {
      not_there();
    }
  }
  [[nodiscard]] double free_parameters() const override {
    if constexpr (CountableModel<Model>) {
      return naming("free_parameters", [&] { return static_cast<double>(model_.free_parameters()); });
    } else {
      not_there();
    }
  }
  [[nodiscard]] Matrix posterior([[maybe_unused]] const AnyData& data) const override {
    if constexpr (PredictiveModel<Model>) {
      return naming("posterior", [&]() -> Matrix { return model_.posterior(seen(data)); });
    } else {
      not_there();
    }
  }
  [[nodiscard]] AnyStatistics complete_statistics([[maybe_unused]] const AnyData& data,
                                                  [[maybe_unused]] const Matrix& rows) const override {
    if constexpr (AssignableModel<Model>) {
      return naming("complete_statistics", [&] { return shared(model_.complete_statistics(seen(data), rows)); });
    } else {
      not_there();
    }
  }
  [[nodiscard]] AnyData sample([[maybe_unused]] std::size_t count, [[maybe_unused]] RandomEngine& rng) const override {
    if constexpr (GenerativeModel<Model>) {
      return naming("sample", [&] { return held<Data>(model_.sample(count, rng)); });
    } else {
      not_there();
    }
  }
  [[nodiscard]] std::unique_ptr<AnyModel> through_a_file([[maybe_unused]] const AnyModel& reader) const override {
    if constexpr (PersistentModel<Model>) {
      return naming("serialize", [&] {
        std::stringstream file;
        cereal::PortableBinaryOutputArchive{file}(model_);
        Model loaded = blank(static_cast<const ModelAdapter&>(reader));
        cereal::PortableBinaryInputArchive{file}(loaded);
        return wrapped(std::move(loaded));
      });
    } else {
      not_there();
    }
  }
  [[nodiscard]] std::unique_ptr<AnyModel> relabelled(
      [[maybe_unused]] const std::vector<std::size_t>& permutation) const override {
    if constexpr (RelabellableModel<Model>) {
      return naming("relabelled", [&] { return wrapped(model_.relabelled(permutation)); });
    } else {
      not_there();
    }
  }
  [[nodiscard]] double log_joint(const AnyData& data, std::size_t observation, std::size_t state) const override {
    return naming("log_joint",
                  [&] { return static_cast<double>(states_->log_joint(model_, seen(data), observation, state)); });
  }

  void add([[maybe_unused]] const AnyStatistics& sum, [[maybe_unused]] const AnyStatistics& other) const override {
    if constexpr (requires(Statistics& statistics) { statistics += std::as_const(statistics); }) {
      naming("Statistics::operator+=", [&] { of(sum) += std::as_const(of(other)); });
    } else {
      not_there();
    }
  }
  void scale([[maybe_unused]] const AnyStatistics& statistics, [[maybe_unused]] double factor) const override {
    if constexpr (ScalableModel<Model>) {
      naming("Statistics::operator*=", [&] { of(statistics) *= factor; });
    } else {
      not_there();
    }
  }

  [[nodiscard]] std::size_t size([[maybe_unused]] const AnyData& data) const override {
    if constexpr (sized) {
      return static_cast<std::size_t>(seen(data).size());
    } else {
      not_there();
    }
  }
  [[nodiscard]] AnyData part([[maybe_unused]] const AnyData& data, [[maybe_unused]] std::size_t first,
                             [[maybe_unused]] std::size_t count) const override {
    if constexpr (DivisibleModel<Model>) {
      return std::make_shared<const Data>(seen(data).subspan(first, count));
    } else {
      not_there();
    }
  }
  [[nodiscard]] AnyData rows([[maybe_unused]] const AnyData& data, [[maybe_unused]] const Rows& rows) const override {
    if constexpr (SubsettableData<Data>) {
      return held<Data>(subset(seen(data), rows));
    } else {
      not_there();
    }
  }
  [[nodiscard]] AnyData reweighted([[maybe_unused]] const AnyData& data,
                                   [[maybe_unused]] const Vector& factors) const override {
    if constexpr (ReweightableData<Data>) {
      return held<Data>(reweighted_data(seen(data), factors));
    } else {
      not_there();
    }
  }
  [[nodiscard]] Vector weights([[maybe_unused]] const AnyData& data) const override {
    if constexpr (sized) {
      return weights_of(seen(data));
    } else {
      not_there();
    }
  }

 private:
  static constexpr bool sized = requires(const Data& data) {
    { data.size() } -> std::convertible_to<std::size_t>;
  };

  static const Data& seen(const AnyData& data) { return *static_cast<const Data*>(data.get()); }
  static Statistics& of(const AnyStatistics& statistics) { return *static_cast<Statistics*>(statistics.get()); }
  static AnyStatistics shared(Statistics&& statistics) { return std::make_shared<Statistics>(std::move(statistics)); }
  [[nodiscard]] std::unique_ptr<AnyModel> wrapped(Model model) const {
    return std::make_unique<ModelAdapter>(std::move(model), *states_);
  }
  // The member of the same name hides the function.
  static auto reweighted_data(const Data& data, const Vector& factors) {
    using latent::reweighted;
    return reweighted(data, factors);
  }
  static Model blank(const ModelAdapter& reader) {
    if constexpr (std::default_initializable<Model>) {
      return Model();
    } else {
      return reader.model_;
    }
  }

  Model model_;
  const States* states_;
};

}  // namespace detail
}  // namespace latent
