//! Names, networks and domains of tenants.

use adit_kernel::{Id, Timestamp};

use super::rules::{check_name, domains, is_in, name_from, subnets};
use super::store::TenantRow;

#[test]
fn a_tenants_name_is_a_label_and_never_looks_like_an_id() {
    for good in ["acme", "a", "acme-2", "0", &"a".repeat(63)] {
        assert!(check_name(good).is_ok(), "{good}");
    }
    for bad in ["", "Acme", "-a", "a-", "a.b", "a_b", "ä", &"a".repeat(64), "00000000000000ff", "deadbeefdeadbeef"] {
        assert!(check_name(bad).is_err(), "{bad}");
    }
    assert!(check_name("018f3c1e-7d5a-7c3e-9b1a-2f4e6d8c0a1b").is_err());
}

#[test]
fn a_title_becomes_a_name_where_it_can() {
    assert_eq!(name_from("Acme Ltd. (Prod)").as_deref(), Some("acme-ltd-prod"));
    assert_eq!(name_from("  --A--  ").as_deref(), Some("a"));
    assert_eq!(name_from("日本"), None);
    assert_eq!(name_from("deadbeefdeadbeef"), None);
    assert!(name_from(&"x".repeat(500)).is_some_and(|name| check_name(&name).is_ok()));
}

#[test]
fn networks_and_domains_are_read_or_named() {
    let nets = subnets(&["10.1.2.3/8".into(), "192.0.2.7".into(), "2001:db8::/32".into()]).unwrap();
    assert_eq!(nets.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"]);
    assert!(subnets(&["10.0.0.0/33".into()]).is_err_and(|e| e.message().contains("10.0.0.0/33")));
    assert_eq!(domains(&["Acme.Example".into(), "acme.example".into()]).unwrap(), ["acme.example"]);
    for bad in ["", "acme", "a..b", "-a.b", "a b.c", "a@b.c"] {
        assert!(domains(&[bad.to_owned()]).is_err(), "{bad}");
    }
}

#[test]
fn only_another_organizations_uuid_keeps_a_tenant_from_being_found() {
    let mut tenant = TenantRow::new(Id::new(1), "acme", Timestamp::from_micros(0));
    assert!(is_in(&tenant, Some("any")) && is_in(&tenant, None));
    tenant.account_uuid = Some("018f3c1e-7d5a-7c3e-9b1a-2f4e6d8c0a1b".into());
    assert!(is_in(&tenant, Some("018F3C1E7D5A7C3E9B1A2F4E6D8C0A1B")) && is_in(&tenant, Some("acme-corp")));
    assert!(!is_in(&tenant, Some("118f3c1e-7d5a-7c3e-9b1a-2f4e6d8c0a1b")));
}
