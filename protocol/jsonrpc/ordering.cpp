#include "protocol/jsonrpc/ordering.h"

#include <array>
#include <list>

namespace pland::jsonrpc {
namespace {

enum class If { always, same_key, never };

struct Rule {
  OrderKind later;
  OrderKind earlier;
  If when;
  Wait wait;
};

using K = OrderKind;

// Pairs not listed do not wait. same_key: equal keys, or either key empty (it stands for all).
// Only mutations wait for mutations: a running one may need the typing that its own edits cause, and that
// must not stand behind something that waits for the running one to finish.
constexpr std::array rules = {
    Rule{K::global_change, K::global_change, If::always, Wait::until_finished},
    Rule{K::global_change, K::document_update, If::always, Wait::until_started},
    Rule{K::global_change, K::document_request, If::always, Wait::until_started},
    Rule{K::global_change, K::plan_query, If::always, Wait::until_started},

    Rule{K::document_update, K::global_change, If::always, Wait::until_finished},
    Rule{K::document_update, K::document_update, If::same_key, Wait::until_finished},
    Rule{K::document_update, K::document_request, If::same_key, Wait::until_started},

    Rule{K::document_request, K::global_change, If::always, Wait::until_finished},
    Rule{K::document_request, K::document_update, If::same_key, Wait::until_finished},

    Rule{K::plan_mutation, K::global_change, If::always, Wait::until_finished},
    Rule{K::plan_mutation, K::document_update, If::always, Wait::until_finished},
    Rule{K::plan_mutation, K::plan_mutation, If::same_key, Wait::until_finished},
    Rule{K::plan_mutation, K::plan_query, If::same_key, Wait::until_started},
    Rule{K::plan_mutation, K::repository_mutation, If::always, Wait::until_finished},

    Rule{K::plan_query, K::global_change, If::always, Wait::until_finished},

    Rule{K::repository_mutation, K::global_change, If::always, Wait::until_finished},
    Rule{K::repository_mutation, K::document_update, If::always, Wait::until_finished},
    Rule{K::repository_mutation, K::plan_mutation, If::always, Wait::until_finished},
    Rule{K::repository_mutation, K::plan_query, If::always, Wait::until_started},
    Rule{K::repository_mutation, K::repository_mutation, If::always, Wait::until_finished},
};

struct MethodOrder {
  std::string_view method;
  OrderKind kind;
};

// Methods of LSP. document_* take their key from params.textDocument.uri; the rest need none.
constexpr std::array standard_methods = {
    MethodOrder{"initialize", K::global_change},
    MethodOrder{"initialized", K::global_change},
    MethodOrder{"workspace/didChangeConfiguration", K::global_change},
    MethodOrder{"workspace/didChangeWorkspaceFolders", K::global_change},
    MethodOrder{"textDocument/didOpen", K::document_update},
    MethodOrder{"textDocument/didChange", K::document_update},
    MethodOrder{"textDocument/didSave", K::document_update},
    MethodOrder{"textDocument/didClose", K::document_update},
    // The agreed ways out must work while a plan waits for an answer.
    MethodOrder{"shutdown", K::freestanding},
    MethodOrder{"exit", K::freestanding},
};

const std::string* string_at(const Json& params, std::string_view outer, std::string_view inner) {
  if (!params.is_object()) return nullptr;
  const Json* at = &params;
  if (!outer.empty()) {
    const auto found = params.find(outer);
    if (found == params.end() || !found->is_object()) return nullptr;
    at = &*found;
  }
  const auto found = at->find(inner);
  return found != at->end() && found->is_string() ? found->get_ptr<const std::string*>() : nullptr;
}

}  // namespace

Wait wait_for(const Order& later, const Order& earlier) {
  for (const Rule& rule : rules) {
    if (rule.later != later.kind || rule.earlier != earlier.kind) continue;
    if (rule.when == If::always || later.key.empty() || earlier.key.empty() || later.key == earlier.key) {
      return rule.wait;
    }
    return Wait::no;
  }
  return Wait::no;
}

Order order_of(std::string_view method, HandlerKind kind, const Json& params) {
  const std::string* uri = string_at(params, "textDocument", "uri");
  for (const MethodOrder& entry : standard_methods) {
    if (entry.method == method) return {entry.kind, uri ? *uri : std::string()};
  }
  if (method.starts_with("textDocument/") && kind != HandlerKind::notification) {
    return {OrderKind::document_request, uri ? *uri : std::string()};
  }
  const std::string* plan = string_at(params, "", "planId");
  if (kind == HandlerKind::query) return {OrderKind::plan_query, plan ? *plan : std::string()};
  if (kind == HandlerKind::mutation) {
    return plan ? Order{OrderKind::plan_mutation, *plan} : Order{OrderKind::repository_mutation, {}};
  }
  return {};
}

struct OrderedQueue::State : std::enable_shared_from_this<State> {
  struct Entry {
    std::uint64_t number;
    Order order;
    Work work;  ///< empty once started
    bool started = false;
  };
  std::list<Entry> entries;
  std::uint64_t last_number = 0;
  bool pumping = false;
  bool again = false;

  bool may_start(std::list<Entry>::const_iterator candidate) const {
    for (auto earlier = entries.begin(); earlier != candidate; ++earlier) {
      const Wait wait = wait_for(candidate->order, earlier->order);
      if (wait == Wait::until_finished || (wait == Wait::until_started && !earlier->started)) return false;
    }
    return true;
  }

  /// Starting work may end turns, submit and withdraw: after each start the scan begins anew.
  void pump() {
    if (pumping) {
      again = true;
      return;
    }
    pumping = true;
    do {
      again = false;
      for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
        if (entry->started || !may_start(entry)) continue;
        entry->started = true;
        const Work work = std::exchange(entry->work, nullptr);
        work(Turn([weak = weak_from_this(), number = entry->number] {
          if (const auto self = weak.lock()) self->finish(number);
        }));
        again = true;
        break;
      }
    } while (again);
    pumping = false;
  }

  void finish(std::uint64_t number) {
    std::erase_if(entries, [&](const Entry& entry) { return entry.number == number; });
    pump();
  }
};

OrderedQueue::OrderedQueue() : state_(std::make_shared<State>()) {}
OrderedQueue::~OrderedQueue() {
  clear();
}

std::uint64_t OrderedQueue::submit(Order order, Work work) {
  const std::uint64_t number = ++state_->last_number;
  state_->entries.push_back({number, std::move(order), std::move(work)});
  const auto keep = state_;
  keep->pump();
  return number;
}

bool OrderedQueue::withdraw(std::uint64_t number) {
  const auto before = state_->entries.size();
  std::erase_if(state_->entries,
                [&](const State::Entry& entry) { return entry.number == number && !entry.started; });
  if (state_->entries.size() == before) return false;
  const auto keep = state_;
  keep->pump();
  return true;
}

void OrderedQueue::clear() {
  std::erase_if(state_->entries, [](const State::Entry& entry) { return !entry.started; });
}

std::size_t OrderedQueue::size() const {
  return state_->entries.size();
}

}  // namespace pland::jsonrpc
