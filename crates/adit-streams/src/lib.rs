//! adit-streams.
