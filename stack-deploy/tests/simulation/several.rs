//! Several stacks: order, values that go from one into another, failures that stay where they are.
