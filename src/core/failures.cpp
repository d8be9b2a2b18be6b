#include "latent/core/failures.hpp"

#include <new>

#include "latent/core/errors.hpp"
#include "latent/core/memory.hpp"
#include "latent/core/threads.hpp"

namespace latent::detail {
namespace {

template <class... Exceptions>
bool is_one_of(const std::exception& failure) {
  return (... || (dynamic_cast<const Exceptions*>(&failure) != nullptr));
}

// Whether there is a failure, of one of these kinds.
template <class... Exceptions>
bool holds_one_of(const std::exception_ptr& failure) {
  if (!failure) return false;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return is_one_of<Exceptions...>(error);
  }
}

}  // namespace

bool is_hopeless(const std::exception_ptr& failure) {
  return holds_one_of<InvalidOption, ObjectiveDecreased, TooFewThreads, TooLittleMemory, std::bad_alloc>(failure);
}

void rethrow_if_hopeless(const std::exception_ptr& failure) {
  if (is_hopeless(failure)) std::rethrow_exception(failure);
}

bool is_invalid_data(const std::exception_ptr& failure) { return holds_one_of<InvalidData>(failure); }

bool is_fatal(const std::exception_ptr& failure) { return is_hopeless(failure) || is_invalid_data(failure); }

void rethrow_if_fatal(const std::exception_ptr& failure) {
  if (is_fatal(failure)) std::rethrow_exception(failure);
}

std::string message_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace latent::detail
