//! adit-corpus.
