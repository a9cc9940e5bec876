#pragma once

#include "ops/op.h"

namespace mote {

/// The attributes that several ops have in common; an op that needs no others inherits one of these.
struct NoAttributes {
  template <class Visitor>
  void fields(Visitor&&) {}
  friend bool operator==(const NoAttributes&, const NoAttributes&) = default;
};

struct FusedActivation {
  Activation activation = Activation::kNone;

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "activation", activation);
  }
  friend bool operator==(const FusedActivation&, const FusedActivation&) = default;
};

}  // namespace mote
