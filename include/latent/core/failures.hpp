/// @file
/// What becomes of an exception that ended one of many fits: it is recorded, where another may do better, or thrown
/// again.
#pragma once

#include <exception>
#include <string>

namespace latent::detail {

// Whether no other data or start would mend it: a bad option, a decrease with the policy to raise, no memory.
bool is_hopeless(const std::exception_ptr& failure);
void rethrow_if_hopeless(const std::exception_ptr& failure);

// Whether it says that the data are bad.
bool is_invalid_data(const std::exception_ptr& failure);

// Whether no other start would mend it: that, and bad data.
bool is_fatal(const std::exception_ptr& failure);
void rethrow_if_fatal(const std::exception_ptr& failure);

// What the exception says.
std::string message_of(const std::exception_ptr& failure);

}  // namespace latent::detail
