#include "protocol/jsonrpc/reader.h"

#include <doctest/doctest.h>

#include <array>
#include <limits>

#include "protocol/jsonrpc/fields.h"
#include "protocol/jsonrpc/json.h"
#include "protocol/jsonrpc/message.h"

using namespace pland::jsonrpc;

namespace {

enum class Level { low = 1, high = 3 };
constexpr IntRange json_range(Level) {
  return {1, 3};
}

enum class Colour { red, green };
std::span<const EnumName<Colour>> json_names(Colour) {
  static constexpr std::array<EnumName<Colour>, 2> names = {{{Colour::red, "red"}, {Colour::green, "green"}}};
  return names;
}

struct Inner {
  std::string name;
  bool operator==(const Inner&) const = default;
};
PLAND_JSON_STRUCT(Inner);
PLAND_JSON_FIELDS(Inner, required("name", &Inner::name))

struct Outer {
  Inner inner;
  std::vector<Inner> list;
  std::optional<std::int32_t> maybe;
  std::optional<std::string> nullable;
  bool flag = true;
  std::optional<Level> odd;
  std::map<std::string, double> numbers;
  bool operator==(const Outer&) const = default;
};
PLAND_JSON_STRUCT(Outer);
PLAND_JSON_FIELDS(Outer, constant("kind", "outer"), required("inner", &Outer::inner),
                  defaulted("list", &Outer::list), optional("maybe", &Outer::maybe),
                  nullable("nullable", &Outer::nullable), defaulted("flag", &Outer::flag),
                  lenient("odd", &Outer::odd), defaulted("numbers", &Outer::numbers))

template <typename T>
std::string problems_of(const char* json, T& out) {
  ReadProblems problems;
  const Json value = Json::parse(json);
  const bool ok = read_json(Reader(value, "params", problems), out);
  CHECK(ok == problems.empty());
  return problems.to_string();
}

template <typename T>
std::string written(const T& value) {
  Json out;
  write_json(Writer(out), value);
  return out.dump();
}

}  // namespace

TEST_CASE("reader: a struct is read, and written without its absent optionals") {
  Outer outer;
  CHECK(problems_of(R"({"kind":"outer","inner":{"name":"n","unknown":[1,2]},"list":[{"name":"x"}],"maybe":7,
                        "nullable":"v","odd":3,"numbers":{"a":1.5},"extra":null})",
                    outer) == "");
  CHECK(outer.inner.name == "n");
  CHECK(outer.list == std::vector<Inner>{{"x"}});
  CHECK(outer.maybe == 7);
  CHECK(outer.nullable == "v");
  CHECK(outer.flag);
  CHECK(outer.odd == Level::high);
  CHECK(outer.numbers.at("a") == 1.5);
  CHECK(
      written(outer) ==
      R"({"flag":true,"inner":{"name":"n"},"kind":"outer","list":[{"name":"x"}],"maybe":7,"nullable":"v","numbers":{"a":1.5},"odd":3})");
  CHECK(written(Outer{}) ==
        R"({"flag":true,"inner":{"name":""},"kind":"outer","list":[],"nullable":null,"numbers":{}})");
}

TEST_CASE("reader: null is absent where the member is optional, and a problem where it is required") {
  Outer outer;
  CHECK(problems_of(
            R"({"kind":"outer","inner":{"name":"n"},"maybe":null,"nullable":null,"flag":null,"list":null})",
            outer) == "");
  CHECK_FALSE(outer.maybe);
  CHECK(problems_of(R"({"kind":"outer","inner":null})", outer) ==
        "params.inner: expected an object, found null");
}

TEST_CASE("reader: problems have paths, and all are named") {
  Outer outer;
  CHECK(
      problems_of(R"({"kind":"other","inner":{"name":5},"list":[{"name":"a"},{},7],"maybe":"x","flag":1,
                        "numbers":{"a":"b"}})",
                  outer) ==
      "params.kind: expected \"outer\", found \"other\"; params.inner.name: expected a string, found number; "
      "params.list[1].name: is required but missing; params.list[2]: expected an object, found number; "
      "params.maybe: expected an integer, found string; params.flag: expected a boolean, found number; "
      "params.numbers.a: expected a number, found string");
  CHECK(problems_of("[1]", outer) == "params: expected an object, found array");
  CHECK(problems_of("[]", outer) ==
        "params.kind: is required but missing; params.inner: is required but missing");
  std::vector<std::string> many;
  CHECK(problems_of("[1,2,3,4,5,6,7,8,9,10,11]", many).ends_with("found number; and 3 more"));
}

TEST_CASE("reader: a lenient member of the wrong shape is passed over") {
  Outer outer;
  CHECK(problems_of(R"({"kind":"outer","inner":{"name":"n"},"odd":"very"})", outer) == "");
  CHECK_FALSE(outer.odd);
}

TEST_CASE("reader: integers are exact") {
  std::int32_t small = 0;
  CHECK(problems_of("3.0", small) == "");
  CHECK(small == 3);
  CHECK(problems_of("3.5", small) == "params: expected an integer, found 3.5");
  CHECK(problems_of("2147483648", small) == "params: expected an integer, found 2147483648");
  CHECK(problems_of("-2147483648", small) == "");
  std::uint32_t natural = 0;
  CHECK(problems_of("-1", natural) == "params: expected a natural number, found -1");
  CHECK(problems_of("1e300", natural).starts_with("params: expected a natural number, found 1e"));
  std::int64_t wide = 0;
  CHECK(problems_of("9223372036854775807", wide) == "");
  CHECK(wide == std::numeric_limits<std::int64_t>::max());
  CHECK(problems_of("9223372036854775808", wide) == "params: expected an integer, found 9223372036854775808");
  double number = 0;
  CHECK(problems_of("true", number) == "params: expected a number, found boolean");
}

TEST_CASE("reader: enumerations") {
  Level level = Level::low;
  CHECK(problems_of("3", level) == "");
  CHECK(problems_of("4", level) == "params: expected a number from 1 to 3, found 4");
  CHECK(written(Level::high) == "3");
  Colour colour = Colour::red;
  CHECK(problems_of("\"green\"", colour) == "");
  CHECK(colour == Colour::green);
  CHECK(problems_of("\"blue\"", colour) == "params: expected one of red, green, found \"blue\"");
  CHECK(written(Colour::green) == "\"green\"");
}

TEST_CASE("reader: alternatives") {
  std::variant<std::int32_t, std::string, Inner> value;
  CHECK(problems_of("\"text\"", value) == "");
  CHECK(std::get<std::string>(value) == "text");
  CHECK(problems_of(R"({"name":"n"})", value) == "");
  CHECK(written(value) == R"({"name":"n"})");
  CHECK(problems_of("true", value) ==
        "params: matches none of the accepted shapes (params: expected an integer, found boolean; or params: "
        "expected a string, found boolean; or params: expected an object, found boolean)");
  RequestId id;
  CHECK(problems_of("\"x\"", id) == "");
  CHECK(id == RequestId(std::string("x")));
  CHECK(problems_of("1.5", id) == "params: expected an integer or a string, found number");
}

TEST_CASE("reader: empty values as the specification wants them") {
  CHECK(written(Nothing{}) == "{}");
  CHECK(written(Null{}) == "null");
  CHECK(written(std::optional<Inner>{}) == "null");
  CHECK(written(std::vector<Inner>{}) == "[]");
}
