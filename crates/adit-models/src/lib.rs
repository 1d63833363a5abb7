//! adit-models.
