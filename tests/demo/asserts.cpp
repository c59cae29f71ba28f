#include "tests/demo/asserts.h"

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace pland::demo {

void assertions_throw() {
  static doctest::Context context;
  context.setAsDefaultForAssertsOutOfTestCases();
  context.setAssertHandler([](const doctest::AssertData& assertion) {
    if (!assertion.m_failed) return;
    throw std::runtime_error(std::string(assertion.m_file) + ":" + std::to_string(assertion.m_line) + ": " +
                             assertion.m_expr + ": " + assertion.m_decomp.c_str());
  });
}

}  // namespace pland::demo
