# Our own code builds with warnings as errors; libraries are SYSTEM includes.
add_library(pland_options INTERFACE)
target_compile_options(pland_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# g++ 12 and 13 take the frame allocator of Asio's coroutines for a mismatched pair when they inline one half of it.
target_compile_options(pland_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
target_include_directories(pland_options INTERFACE ${CMAKE_SOURCE_DIR})
if(PLAND_SANITIZE)
  target_compile_options(pland_options INTERFACE -fsanitize=${PLAND_SANITIZE} -fno-omit-frame-pointer -g1)
  target_link_options(pland_options INTERFACE -fsanitize=${PLAND_SANITIZE})
  target_compile_definitions(pland_options INTERFACE PLAND_SANITIZED=1)
  # g++ 12 reports false positives of these under sanitizer instrumentation.
  target_compile_options(pland_options INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-restrict>)
endif()

find_program(PLAND_MOLD mold)
if(PLAND_MOLD)
  target_link_options(pland_options INTERFACE -fuse-ld=mold)
endif()
