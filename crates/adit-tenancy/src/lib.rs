//! adit-tenancy.
