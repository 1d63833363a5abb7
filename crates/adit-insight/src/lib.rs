//! adit-insight.
