#include "engine/planfile/profile_document.h"

#include "engine/planfile/profile_reader.h"
#include "engine/planfile/read_document.h"

namespace pland::engine::planfile {

ProfileDocument parse_profile(std::string_view text, const ParseOptions& options) {
  ProfileDocument document;
  AutomationProfile profile;
  const bool good = read_document(text, FileKind::profile, options, document,
                                  [&](Reading& reading) { profile = read_profile(reading); });
  if (good) document.profile = std::move(profile);
  return document;
}

}  // namespace pland::engine::planfile
