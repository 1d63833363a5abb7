//! Which operations leave an event. Every one that is not a GET does, under its own name, so that a new operation cannot
//! be forgotten; those that do not are listed here, with the reason.

use adit_http::Operation;
use http::Method;

/// Operations that are no GET and leave no event.
pub const NOT_RECORDED: &[(&str, &str)] = &[
    ("advance_stream", "a consumer's position moves with every batch it reads"),
    ("advance_trigger", "a consumer's position moves with every batch it reads"),
    ("create_page_view", "says nothing about data"),
    ("export_dataset", "reads"),
    ("fetch_from_gx_stream", "reads"),
    ("fetch_from_stream", "reads"),
    ("get_all_models_in_dataset", "reads"),
    ("get_bucket_emails", "reads"),
    ("get_comment_predictions", "reads"),
    ("get_comparison", "reads"),
    ("get_dataset_statistics", "reads"),
    ("get_dataset_summary", "reads"),
    ("get_derived_permissions", "computes"),
    ("get_label_validation", "reads"),
    ("get_qualified_login_url", "reads"),
    ("get_recent_comments", "reads"),
    ("get_reduced_permissions", "computes"),
    ("get_source_statistics", "reads"),
    ("get_thread_themes", "reads"),
    ("poll_trigger", "reads"),
    ("predict", "computes"),
    ("predict_extractions", "computes"),
    ("predict_latest", "computes"),
    ("predict_raw_emails", "computes"),
    ("preview_alert", "computes"),
    ("put_training_comment_seen", "remembers what one person has looked at"),
    ("query_audit_events", "reads"),
    ("query_bucket_emails", "reads"),
    ("query_comments", "reads"),
    ("query_conversational_filter", "computes"),
    ("query_dataset_user_property_values", "reads"),
    ("query_issues", "reads"),
    ("query_keyed_sync_state_ids", "reads"),
    ("refresh_user_permissions", "changes nothing"),
    ("sniff_csv", "computes"),
    ("suggest_taxonomy", "computes"),
    ("validate_exchange_credentials", "computes"),
];

/// The type of the event that a successful call of `operation` leaves; `None` for one that changes nothing.
pub fn event_type(operation: &Operation) -> Option<&'static str> {
    let is_recorded = operation.method != Method::GET && !NOT_RECORDED.iter().any(|(id, _)| *id == operation.id);
    is_recorded.then_some(operation.id)
}

#[cfg(test)]
mod tests {
    use adit_http::contract;

    use super::*;

    #[test]
    fn what_is_not_recorded_is_in_the_contract_and_no_get() {
        for (id, reason) in NOT_RECORDED {
            let route = contract::routes().iter().find(|route| route.operation_id == *id);
            assert!(route.is_some_and(|route| route.method != "GET"), "{id}");
            assert!(!reason.is_empty(), "{id}");
        }
        assert!(NOT_RECORDED.is_sorted_by_key(|(id, _)| *id));
    }
}
