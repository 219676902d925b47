//! Decisions, answered by nobody and by somebody.
