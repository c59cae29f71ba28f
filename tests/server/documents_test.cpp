#include "server/documents.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <functional>

#include "protocol/lsp/uri.h"
#include "tests/support/loop.h"
#include "tests/support/temp_folder.h"

using pland::engine::DocumentEdit;
using pland::server::OpenDocuments;
using pland::test::TempFolder;
namespace lsp = pland::lsp;
namespace fs = std::filesystem;

namespace {

using Applied = pland::jsonrpc::Outcome<lsp::ApplyWorkspaceEditResult>;

std::string apply(const lsp::TextSnapshot& before, const std::vector<lsp::TextEdit>& edits,
                  lsp::PositionEncoding encoding) {
  std::string text = *before.text;
  for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit) {
    const lsp::Span span = before.span_of(edit->range, encoding);
    text.replace(span.begin, span.end - span.begin, edit->new_text);
  }
  return text;
}

/// Documents whose client answers as told, does what it is asked, and keeps that.
struct Rig {
  explicit Rig(OpenDocuments::Editing editing = {true, true, true})
      : documents(
            loop.get_executor(), lsp::PositionEncoding::utf16, editing,
            [this](lsp::ApplyWorkspaceEditParams params) {
              return [](Rig& rig, lsp::ApplyWorkspaceEditParams sent) -> asio::awaitable<Applied> {
                rig.asked.push_back(std::move(sent));
                rig.client(rig.asked.back().edit);
                co_return rig.answer;
              }(*this, std::move(params));
            },
            std::chrono::milliseconds(200)) {}
  /// Puts the edits into the documents, if the answer is that it did.
  void obey(const lsp::WorkspaceEdit& edit) {
    if (!answer.ok() || !answer.value().applied) return;
    const auto take = [this](const std::string& uri, const std::vector<lsp::TextEdit>& edits) {
      const auto before = documents.snapshot(documents.key_of(uri))->value();
      write(uri, apply(before, edits, lsp::PositionEncoding::utf16));
    };
    for (const auto& [uri, edits] :
         edit.changes.value_or(std::map<std::string, std::vector<lsp::TextEdit>>{})) {
      take(uri, edits);
    }
    for (const auto& change : edit.document_changes.value_or(std::vector<lsp::DocumentChange>{})) {
      if (const auto* text = std::get_if<lsp::TextDocumentEdit>(&change)) {
        take(text->text_document.uri, text->edits);
      }
    }
  }
  /// The whole text of an open document, typed.
  void write(const std::string& uri, const std::string& text) {
    const auto version = documents.version(documents.key_of(uri)).value() + 1;
    CHECK_FALSE(documents.change({{uri, version}, {{std::nullopt, text}}}).has_value());
  }
  pland::engine::Status edit(std::vector<DocumentEdit> edits) {
    return pland::test::run_to_end(loop, documents.edit(root(), std::move(edits), "Apply x"));
  }
  fs::path root() const { return fs::canonical(folder.path()); }
  std::string open(const std::string& path, const std::string& text, int version = 1) {
    const std::string uri = lsp::uri_of_path((root() / path).string());
    documents.open({uri, "text", version, text});
    return uri;
  }

  TempFolder folder;
  asio::io_context loop;
  lsp::ApplyWorkspaceEditResult good{true, std::nullopt, std::nullopt};
  Applied answer{good};
  std::vector<lsp::ApplyWorkspaceEditParams> asked;
  std::function<void(const lsp::WorkspaceEdit&)> client = [this](const lsp::WorkspaceEdit& edit) {
    obey(edit);
  };
  OpenDocuments documents;
};

DocumentEdit edit_of(const std::string& path, std::int64_t version, std::optional<std::string> text) {
  DocumentEdit edit;
  edit.path = path;
  edit.version = version;
  edit.text = std::move(text);
  return edit;
}

}  // namespace

TEST_CASE("documents: an edit is the changed lines, with the version they were computed for") {
  Rig rig;
  const std::string uri = rig.open("a.txt", "one\ntwo\nthree\n", 7);
  REQUIRE(rig.edit({edit_of("a.txt", 7, "one\n2\nthree\n")}).ok());
  REQUIRE(rig.asked.size() == 1);
  CHECK(rig.asked[0].label == "Apply x");
  REQUIRE(rig.asked[0].edit.document_changes->size() == 1);
  const auto& change = std::get<lsp::TextDocumentEdit>(rig.asked[0].edit.document_changes->front());
  CHECK(change.text_document.uri == uri);
  CHECK(change.text_document.version == 7);
  CHECK(change.edits == std::vector<lsp::TextEdit>{{{{1, 0}, {2, 0}}, "2\n"}});
}

TEST_CASE("documents: an edit that changes nothing asks nothing") {
  Rig rig;
  rig.open("a.txt", "one\n");
  CHECK(rig.edit({edit_of("a.txt", 1, "one\n")}).ok());
  CHECK(rig.edit({}).ok());
  CHECK(rig.asked.empty());
}

TEST_CASE("documents: stale versions, closed files and refusals name the file and the reason") {
  const auto message = [](const pland::engine::Status& status) {
    return status.ok() ? "" : status.error().message;
  };
  Rig rig;
  rig.open("a.txt", "one\n", 2);
  rig.open("b.txt", "one\n", 2);
  CHECK(message(rig.edit({edit_of("a.txt", 1, "x\n")})).find("'a.txt' was edited meanwhile") == 0);
  CHECK(message(rig.edit({edit_of("none.txt", 1, "x\n")})).find("'none.txt' is no longer open") == 0);
  CHECK(rig.asked.empty());

  lsp::ApplyWorkspaceEditResult refused{false, "read only", 1};
  rig.answer = refused;
  const std::string why = message(rig.edit({edit_of("a.txt", 2, "x\n"), edit_of("b.txt", 2, "y\n")}));
  CHECK(why.find("'b.txt': read only") != std::string::npos);

  Rig old({false, false, false});
  old.open("a.txt", "one\n");
  CHECK(message(old.edit({edit_of("a.txt", 1, "x\n")})).find("save and close it") != std::string::npos);

  Rig no_deletion({true, true, false});
  no_deletion.open("a.txt", "one\n");
  CHECK(message(no_deletion.edit({edit_of("a.txt", 1, std::nullopt)})).find("cannot delete 'a.txt'") !=
        std::string::npos);
}

TEST_CASE("documents: an editor without versioned edits gets plain ones") {
  Rig rig({true, false, true});
  const std::string uri = rig.open("a.txt", "one\ntwo\n");
  REQUIRE(rig.edit({edit_of("a.txt", 1, "one\n2\n")}).ok());
  REQUIRE(rig.asked.size() == 1);
  CHECK_FALSE(rig.asked[0].edit.document_changes.has_value());
  CHECK(rig.asked[0].edit.changes->at(uri) == std::vector<lsp::TextEdit>{{{{1, 0}, {2, 0}}, "2\n"}});
  // What it cannot say with plain edits.
  const auto deletion = rig.edit({edit_of("a.txt", 2, std::nullopt)});
  CHECK(deletion.error().message.find("cannot delete 'a.txt'") != std::string::npos);
}

TEST_CASE("documents: an edit has succeeded when the text has it, whatever the editor reports") {
  Rig rig;
  const std::string uri = rig.open("a.txt", "one\ntwo\nthree\nfour\n");
  const auto& key = rig.documents.key_of(uri);

  SUBCASE("told later, and typed into at once") {
    rig.client = [&](const lsp::WorkspaceEdit&) {
      asio::post(rig.loop, [&] {
        rig.write(uri, "zero\none\ntwo\nthree\nfour\n");
        rig.write(uri, "zero\none\n2\nthree\nfour\n");
      });
    };
    CHECK(rig.edit({edit_of("a.txt", 1, "one\n2\nthree\nfour\n")}).ok());
  }
  SUBCASE("with the editor's own line ends") {
    rig.client = [&](const lsp::WorkspaceEdit&) { rig.write(uri, "one\r\n2\r\nthree\r\nfour\r\n"); };
    CHECK(rig.edit({edit_of("a.txt", 1, "one\n2\nthree\nfour")}).ok());
  }
  SUBCASE("closed instead") {
    rig.client = [&](const lsp::WorkspaceEdit&) { rig.documents.close(uri); };
    const auto status = rig.edit({edit_of("a.txt", 1, "one\n2\nthree\nfour\n")});
    CHECK(status.error().message.find("'a.txt' was closed meanwhile") == 0);
  }
  SUBCASE("dropped in silence") {
    rig.client = [&](const lsp::WorkspaceEdit&) { rig.write(uri, "zero\none\ntwo\nthree\nfour\n"); };
    const auto status = rig.edit({edit_of("a.txt", 1, "one\n2\nthree\nfour\n")});
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().message.find("'a.txt', but the text there is another") != std::string::npos);
    CHECK(*rig.documents.snapshot(key)->value().text == "zero\none\ntwo\nthree\nfour\n");
  }
}

TEST_CASE("documents: a file that goes is emptied first, at its version, and deleted when that is seen") {
  Rig rig;
  const std::string uri = rig.open("a.txt", "one\ntwo\n", 7);
  REQUIRE(rig.edit({edit_of("a.txt", 7, std::nullopt)}).ok());
  REQUIRE(rig.asked.size() == 2);
  const auto& emptying = rig.asked[0].edit.document_changes.value();
  REQUIRE(emptying.size() == 1);
  const auto& text = std::get<lsp::TextDocumentEdit>(emptying[0]);
  CHECK(text.text_document.version == 7);
  CHECK(text.edits == std::vector<lsp::TextEdit>{{{{0, 0}, {2, 0}}, ""}});
  const auto& deletion = rig.asked[1].edit.document_changes.value();
  REQUIRE(deletion.size() == 2);
  CHECK(std::get<lsp::TextDocumentEdit>(deletion[0]).text_document.version == 8);
  CHECK(std::get<lsp::TextDocumentEdit>(deletion[0]).edits.empty());
  CHECK(std::get<lsp::DeleteFile>(deletion[1]).uri == uri);
}

TEST_CASE("documents: what is typed into a file that goes keeps it, and its neighbours as they were") {
  Rig rig;
  const std::string a = rig.open("a.txt", "one\n"), b = rig.open("b.txt", "two\n");
  const auto text_of = [&](const std::string& uri) {
    return *rig.documents.snapshot(rig.documents.key_of(uri))->value().text;
  };
  const auto edit_both = [&] {
    return rig.edit({edit_of("a.txt", rig.documents.version(rig.documents.key_of(a)).value(), std::nullopt),
                     edit_of("b.txt", rig.documents.version(rig.documents.key_of(b)).value(), std::nullopt)});
  };
  int asked = 0;
  std::string kept = "two\nand typed\n";
  bool deletes = false;
  const auto look_for_deletion = [&](const lsp::WorkspaceEdit& edit) {
    for (const auto& change : edit.document_changes.value()) {
      deletes = deletes || std::holds_alternative<lsp::DeleteFile>(change);
    }
  };
  SUBCASE("before the edit came, which the editor drops in silence") {
    rig.client = [&](const lsp::WorkspaceEdit& edit) {
      look_for_deletion(edit);
      if (++asked != 2) return rig.obey(edit);
      rig.write(b, kept);
    };
  }
  SUBCASE("before the edit came, which the editor makes at the wrong place") {
    kept = "and typed\n";
    rig.client = [&](const lsp::WorkspaceEdit& edit) {
      look_for_deletion(edit);
      if (++asked == 2) rig.write(b, "two\nand typed\n");
      rig.obey(edit);
    };
  }
  SUBCASE("into the emptied text") {
    kept = "typed";
    rig.client = [&](const lsp::WorkspaceEdit& edit) {
      if (++asked != 3) return rig.obey(edit);
      rig.write(b, kept);
    };
  }
  const auto status = edit_both();
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message.find("'b.txt' was to be deleted and was edited") == 0);
  CHECK(text_of(b) == kept);
  CHECK(text_of(a) == "one\n");
  CHECK_FALSE(deletes);
}

TEST_CASE("documents: a deletion that is refused gives the text back, one that closes the document is done") {
  Rig rig;
  const std::string uri = rig.open("a.txt", "one\n");
  int asked = 0;
  SUBCASE("refused") {
    rig.client = [&](const lsp::WorkspaceEdit& edit) {
      rig.answer = ++asked == 2 ? lsp::ApplyWorkspaceEditResult{false, "locked", 1} : rig.good;
      rig.obey(edit);
    };
    const auto status = rig.edit({edit_of("a.txt", 1, std::nullopt)});
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().message == "the editor did not apply the edit: 'a.txt': locked");
    CHECK(*rig.documents.snapshot(rig.documents.key_of(uri))->value().text == "one\n");
  }
  SUBCASE("closed") {
    rig.client = [&](const lsp::WorkspaceEdit& edit) {
      if (++asked == 1) return rig.obey(edit);
      rig.documents.close(uri);
    };
    CHECK(rig.edit({edit_of("a.txt", 1, std::nullopt)}).ok());
  }
}

TEST_CASE("documents: minimal edits give the new text, whatever the two are") {
  rc::check("line_edits round trip", [] {
    const auto text = [] {
      return *rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                               "a\n", "b\n", "\xF0\x9F\x98\x80\n", "c\r\n", "d", "\n", "\r", "\xC3\xA9")),
                           [](const std::vector<std::string>& parts) {
                             std::string joined;
                             for (const std::string& part : parts) joined += part;
                             return joined;
                           });
    };
    const std::string before = text();
    const std::string after = text();
    const auto snapshot = lsp::make_snapshot("file:///x", 1, before);
    for (const auto encoding :
         {lsp::PositionEncoding::utf8, lsp::PositionEncoding::utf16, lsp::PositionEncoding::utf32}) {
      RC_ASSERT(apply(snapshot, pland::server::line_edits(snapshot, after, encoding), encoding) == after);
    }
  });
}

TEST_CASE("documents: answers go out in the client's spelling, also through a symbolic link") {
  Rig rig;
  fs::create_directory(rig.root() / "real");
  fs::create_directory_symlink(rig.root() / "real", rig.root() / "link");
  const std::string folder = lsp::uri_of_path((rig.root() / "link").string());
  rig.documents.add_folder(folder);
  const std::string spelled = folder + "/a%20file.txt";
  rig.documents.open({spelled, "text", 1, "x"});
  const std::string key = (rig.root() / "real" / "a file.txt").string();
  CHECK(rig.documents.key_of(spelled) == key);
  CHECK(rig.documents.uri_of(key) == spelled);
  // A file of that folder that was never opened.
  CHECK(rig.documents.uri_of((rig.root() / "real" / "b.txt").string()) == folder + "/b.txt");
  // The engine sees the file under its project's real path.
  const auto open = rig.documents.open_documents(rig.root() / "real");
  REQUIRE(open.size() == 1);
  CHECK(open[0].path == "a file.txt");
  CHECK(open[0].unsaved);
  rig.documents.saved(spelled);
  CHECK_FALSE(rig.documents.open_documents(rig.root() / "real")[0].unsaved);
  CHECK(rig.documents.open_documents(rig.root() / "rea").empty());
}
