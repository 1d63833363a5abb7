//! The registry against the contract.

use adit_http::Registry;

use crate::wiring;

const PENDING: &str = include_str!("../../../../contract/pending.txt");

#[test]
fn every_served_operation_is_the_contracts() {
    Registry::new(wiring::all_operations()).check().unwrap();
}

#[test]
fn every_operation_is_served_or_pending_and_never_both() {
    let registry = Registry::new(wiring::all_operations());
    let listed: Vec<&str> = PENDING.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(listed, registry.pending(), "contract/pending.txt must list exactly what no area serves, sorted");
}
