#include "latent/failures.hpp"

#include <new>

#include "latent/ascent.hpp"
#include "latent/errors.hpp"

namespace latent::detail {

void rethrow_if_hopeless(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const InvalidOption&) {
    throw;
  } catch (const ObjectiveFell&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
    return;
  }
}

void rethrow_if_fatal(const std::exception_ptr& failure) {
  rethrow_if_hopeless(failure);
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const InvalidData&) {
    throw;
  } catch (const std::exception&) {
    return;
  }
}

std::string message_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace latent::detail
