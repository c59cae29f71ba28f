#include "tests/conformance/profiles.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pland::conformance {
namespace {
const std::filesystem::path directory = PLAND_CONFORMANCE_DIR "/client_profiles";
}

std::vector<std::string> profile_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

nlohmann::json client_profile(const std::string& name) {
  std::ifstream in(directory / (name + ".json"));
  if (!in) {
    std::string known;
    for (const std::string& each : profile_names()) known += " " + each;
    throw std::runtime_error("no client profile " + name + "; there are" + known);
  }
  return nlohmann::json::parse(in);
}

}  // namespace pland::conformance
