// What a server may put into its messages only when the client declared that it understands it, as one table.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/conformance/shapes.h"

namespace pland::conformance {

struct FeatureGate {
  enum class How {
    flag,          // the capability is declared
    value_listed,  // the property's value is in the capability's list
    each_listed,   // each element of the property is in the capability's list
    keys_listed,   // each key of the property is in the capability's list
  };
  std::string structure;
  std::string property;    // empty: the structure itself
  std::string capability;  // "{diagnostics}" stands for the branch of pushed or pulled diagnostics
  How how = How::flag;
  std::string method = {};  // empty: in any message
  Json unless_listed = {};  // what may be sent to a client that declares no list
  Json only_when = {};      // the gate holds only for this value
};

const std::vector<FeatureGate>& feature_gates();

// Tells `report` of each gate that a structure passes without leave.
void check_features(const std::string& structure, const Json& value, const std::string& method,
                    const Json& client_capabilities,
                    const std::function<void(const std::string& property, const std::string& text)>& report);

}  // namespace pland::conformance
