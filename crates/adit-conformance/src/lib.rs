//! adit-conformance.
