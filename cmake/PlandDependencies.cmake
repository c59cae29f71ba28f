# Every library comes from the distribution's packages (see ./dev).
find_package(Threads REQUIRED)
find_package(nlohmann_json 3.11 CONFIG REQUIRED)
find_package(SQLiteCpp CONFIG REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(TBB CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(valijson CONFIG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(libgit2 REQUIRED IMPORTED_TARGET libgit2)
if(PLAND_TESTS)
  find_package(doctest CONFIG REQUIRED)
  find_package(rapidcheck CONFIG REQUIRED)
endif()

# Debian's Asio is header only and ships neither a CMake package nor a .pc file.
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
add_library(pland_asio INTERFACE)
target_include_directories(pland_asio SYSTEM INTERFACE ${ASIO_INCLUDE_DIR})
target_compile_definitions(pland_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED)
# Asio 1.22 does not detect C++20 coroutines under clang with libstdc++.
target_compile_definitions(pland_asio INTERFACE
  $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_CO_AWAIT=1 ASIO_HAS_STD_COROUTINE=1>)
target_link_libraries(pland_asio INTERFACE Threads::Threads)
# ThreadSanitizer knows no fences (and g++ warns of them); Asio's queues are ordered by their mutexes anyway.
if(PLAND_SANITIZE MATCHES "thread")
  target_compile_definitions(pland_asio INTERFACE ASIO_DISABLE_FENCED_BLOCK)
endif()

if(TARGET yaml-cpp::yaml-cpp)
  set(PLAND_YAML yaml-cpp::yaml-cpp)
else()
  set(PLAND_YAML yaml-cpp)  # yaml-cpp 0.7 (Debian 12) exports no namespace
endif()
