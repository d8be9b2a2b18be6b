#include "latent/steps.hpp"

#include <new>

namespace latent::detail {

void rethrow_if_fatal(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const InvalidData&) {
    throw;
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

}  // namespace latent::detail
