// The scripted editor complains through doctest's assertions; outside of a test they become exceptions.
#pragma once

namespace pland::demo {

/// For the rest of the program: a failed assertion throws std::runtime_error with its place and text.
void assertions_throw();

}  // namespace pland::demo
