//! Who is behind the credentials of a request, and what may be kept of credentials that let nobody in.

use std::net::IpAddr;

use adit_kernel::{Error, Id};

use crate::Caller;

/// Who is behind credentials.
#[derive(Debug)]
pub enum Identity {
    /// Somebody who may come in.
    Known(Caller),
    /// Nobody who may: what is answered, and what is known of the attempt.
    Refused(Error, Unproven),
}

/// Credentials that let nobody in, or none at all. What was sent is no part of it.
#[derive(Debug, Clone)]
pub struct Unproven {
    /// Why, in a few words.
    pub reason: &'static str,
    /// Whether this happens all the time to honest clients: nothing was sent, or a session that has ended.
    pub is_routine: bool,
    /// Whose the credentials are or were, where the tenant that was asked knows.
    pub owner: Option<Owner>,
}

impl Unproven {
    /// An attempt of somebody unknown.
    pub fn stranger(reason: &'static str) -> Self {
        Self { reason, is_routine: false, owner: None }
    }

    /// The same where it may well be nobody's fault.
    pub fn routine(reason: &'static str) -> Self {
        Self { is_routine: true, ..Self::stranger(reason) }
    }

    /// An attempt with what is or was the owner's.
    #[must_use]
    pub fn of(self, owner: Option<Owner>) -> Self {
        Self { owner, ..self }
    }
}

/// Whose credentials are or were, named so that it can be read when the user is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub user_id: Id,
    /// Its name.
    pub username: String,
    /// Its address.
    pub email: String,
}

/// A request that was refused before anybody was known to have sent it.
#[derive(Debug, Clone)]
pub struct TurnedAway {
    /// The tenant that was asked.
    pub tenant: Id,
    /// The operation or route.
    pub operation: &'static str,
    /// From where.
    pub client: Option<IpAddr>,
    /// The request's id, where it has one.
    pub request_id: Option<String>,
    /// What was answered.
    pub message: String,
    /// What is known.
    pub unproven: Unproven,
}
