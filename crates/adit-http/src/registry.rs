//! All operations: those the areas serve, and those of the contract that nobody serves yet.

use adit_kernel::{Error, Result, catalogue};
use http::Method;

use crate::contract;
use crate::path::{Parameters, RequestPath, Template};
use crate::{Needs, Operation};

/// The operations of the process.
pub struct Registry {
    entries: Vec<(Template, &'static Operation)>,
    served: Vec<&'static Operation>,
}

impl Registry {
    /// Registers what the areas serve and marks the rest of the contract as pending.
    pub fn new(served: Vec<&'static Operation>) -> Self {
        let mut entries = Vec::new();
        for operation in &served {
            entries.extend(Template::variants(operation.path).into_iter().map(|template| (template, *operation)));
        }
        for route in contract::routes() {
            if served.iter().any(|operation| operation.id == route.operation_id) {
                continue;
            }
            let Ok(method) = route.method.parse::<Method>() else { continue };
            // Routes live as long as the process: they come from a static.
            let pending: &'static Operation = Box::leak(Box::new(Operation {
                id: &route.operation_id,
                method,
                path: &route.path,
                needs: Needs::Pending,
                serve: |call| Box::pin(async move { Err(catalogue::not_served(call.operation.id)) }),
            }));
            entries.extend(Template::variants(pending.path).into_iter().map(|template| (template, pending)));
        }
        entries.sort_by_cached_key(|(template, operation)| (template.precedence(), operation.id));
        Self { entries, served }
    }

    /// What the areas serve.
    pub fn served(&self) -> &[&'static Operation] {
        &self.served
    }

    /// The operation for a method and path.
    ///
    /// # Errors
    /// 404 for an unknown path, 405 for a known path with another method.
    pub(crate) fn find(&self, method: &Method, path: &RequestPath) -> Result<(&'static Operation, Parameters)> {
        let mut allowed: Vec<&str> = Vec::new();
        for (template, operation) in &self.entries {
            let Some(parameters) = template.matches(path) else { continue };
            if operation.method == *method {
                return Ok((operation, parameters));
            }
            allowed.push(operation.method.as_str());
        }
        if allowed.is_empty() {
            return Err(catalogue::unknown_route());
        }
        allowed.sort_unstable();
        allowed.dedup();
        Err(catalogue::method_not_allowed(&allowed.join(", ")))
    }

    /// Ids of the contract that no area serves, sorted.
    pub fn pending(&self) -> Vec<&'static str> {
        let mut ids: Vec<&str> = contract::routes()
            .iter()
            .map(|route| route.operation_id.as_str())
            .filter(|id| !self.served.iter().any(|operation| operation.id == *id))
            .collect();
        ids.sort_unstable();
        ids
    }

    /// Where a served operation disagrees with the contract's method or path, or is unknown to it.
    ///
    /// # Errors
    /// The list of disagreements.
    pub fn check(&self) -> Result<()> {
        let mut breaches = Vec::new();
        for operation in &self.served {
            match contract::routes().iter().find(|route| route.operation_id == operation.id) {
                None => breaches.push(format!("{} is not in the contract", operation.id)),
                Some(route) if route.method != operation.method.as_str() || route.path != operation.path => {
                    breaches.push(format!("{} is {} {} in the contract", operation.id, route.method, route.path));
                }
                Some(_) => {}
            }
            if self.served.iter().filter(|other| other.id == operation.id).count() > 1 {
                breaches.push(format!("{} is served twice", operation.id));
            }
        }
        if breaches.is_empty() { Ok(()) } else { Err(Error::internal(breaches.join("; "))) }
    }
}
