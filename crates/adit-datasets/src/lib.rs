//! adit-datasets.
