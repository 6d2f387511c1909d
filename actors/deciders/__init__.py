"""Pure decisions: `decide(state, message)` returns events to record and commands to carry out."""
