//! Tests of the contract validator, on the repository's own contract.

use serde_json::{Value, json};

use super::*;

fn contract() -> &'static Contract {
    Contract::shared()
}

fn small(models: Value) -> Contract {
    let routes = json!([{
        "operation_id": "op", "area": "Tests", "method": "POST", "path": "/op",
        "request_body": {"model": "M", "binary": false, "multipart": false, "required": true},
        "response_model": "M",
    }]);
    Contract::parse(&routes.to_string(), &models.to_string()).unwrap()
}

fn one_field(field: Value) -> Contract {
    small(json!({
        "M": {"kind": "object", "fields": [field]},
        "Colour": {"kind": "enum", "values": ["red", "blue"]},
        "Open": {"kind": "enum", "values": ["red"], "client_open": true},
        "A": {"kind": "object", "fields": [{"name": "kind", "type": "literal<a>", "required": true, "nullable": false},
                                           {"name": "n", "type": "integer", "required": true, "nullable": false}]},
        "B": {"kind": "object", "fields": [{"name": "kind", "type": "string", "required": true, "nullable": false}]},
        "Tagged": {"kind": "union", "tag": "kind",
                   "variants": [{"tag": "a", "type": "A"}, {"tag_values": ["b", "c"], "type": "B"},
                                {"tag": "d", "type": "B"}, {"tag": "d", "type": "integer"}]},
        "Either": {"kind": "union", "tag": null, "variants": [{"type": "number"}, {"type": "A"}]},
    }))
}

/// Checks a reply whose only field `x` has this type.
fn check(kind: &str, value: Value) -> Vec<String> {
    let contract = one_field(json!({"name": "x", "type": kind, "required": true, "nullable": false}));
    contract.check_reply("op", 200, &json!({ "x": value }))
}

fn fits(kind: &str, value: Value) {
    assert_eq!(check(kind, value), Vec::<String>::new());
}

fn fails(kind: &str, value: Value, expected: &str) {
    assert_eq!(check(kind, value), [expected]);
}

#[test]
fn the_repository_contract_is_whole() {
    assert_eq!(contract().routes().len(), 218);
    for route in contract().routes() {
        for model in [&route.response_model, &route.request_model].into_iter().flatten() {
            assert!(contract().models.contains_key(model), "{}: no model `{model}`", route.operation_id);
        }
    }
}

#[test]
fn every_type_of_the_contract_names_a_known_model() {
    fn models_in(kind: &Type) -> Vec<&str> {
        match kind {
            Type::Array(item) | Type::Map(item) => models_in(item),
            Type::Model(name) => vec![name],
            _ => vec![],
        }
    }
    for (name, model) in &contract().models {
        let kinds: Vec<&Type> = match model {
            Model::Object { fields } => {
                fields.iter().flat_map(|field| std::iter::once(&field.kind).chain(&field.alt_type)).collect()
            }
            Model::Union { variants, .. } => variants.iter().map(|variant| &variant.kind).collect(),
            Model::Alias { of } => vec![of],
            Model::Enum { .. } => vec![],
        };
        for used in kinds.into_iter().flat_map(models_in) {
            assert!(contract().models.contains_key(used), "`{name}` uses the unknown model `{used}`");
        }
    }
}

#[test]
fn binary_routes_are_known_and_take_any_success() {
    let binary: Vec<_> = contract().routes().iter().filter(|route| route.is_binary()).collect();
    assert_eq!(binary.len(), 6);
    assert!(contract().check_reply("get_attachment", 200, &json!([1])).is_empty());
}

#[test]
fn type_expressions_nest() {
    let kind = parse_type("map<string,array<array<Label>>>").unwrap();
    let label = Type::Model("Label".to_owned());
    assert_eq!(kind, Type::Map(Box::new(Type::Array(Box::new(Type::Array(Box::new(label)))))));
    assert_eq!(parse_type("literal<ok>").unwrap(), Type::Literal("ok".to_owned()));
    assert!(parse_type("array<string").is_err());
    assert!(parse_type("map<string>").is_err());
}

#[test]
fn scalars_are_told_apart() {
    fits("string", json!("a"));
    fits("number", json!(3));
    fits("number", json!(3.5));
    fits("integer", json!(-3));
    fits("any", json!(null));
    fails("integer", json!(3.0), "$.x: expected an integer, found `3.0`");
    fails("string", json!(1), "$.x: expected a text, found `1`");
    fails("boolean", json!("true"), "$.x: expected true or false, found `\"true\"`");
    fails("literal<ok>", json!("no"), "$.x: expected `\"ok\"`, found `\"no\"`");
}

#[test]
fn lists_and_maps_report_the_place() {
    fits("array<map<string,integer>>", json!([{"a": 1}, {}]));
    fails("array<map<string,integer>>", json!([{}, {"a": "1"}]), "$.x[1][\"a\"]: expected an integer, found `\"1\"`");
    fails("array<string>", json!(null), "$.x: expected a list of a text, found `null`");
}

#[test]
fn enums_are_closed_unless_clients_keep_unknown_values() {
    fits("Colour", json!("blue"));
    fails("Colour", json!("green"), "$.x: `\"green\"` is not a value of `Colour`");
    fits("Open", json!("green"));
    fails("Open", json!(1), "$.x: `1` is not a value of `Open`");
}

#[test]
fn tagged_unions_follow_their_tag() {
    fits("Tagged", json!({"kind": "a", "n": 1}));
    fits("Tagged", json!({"kind": "c"}));
    fits("Tagged", json!({"kind": "d"}));
    fails("Tagged", json!({"kind": "a"}), "$.x: `n` is missing (`A`)");
    fails("Tagged", json!({"kind": "z"}), "$.x: `z` is not a `kind` of `Tagged`");
}

#[test]
fn untagged_unions_take_any_variant_that_fits() {
    fits("Either", json!(0.5));
    fits("Either", json!({"kind": "a", "n": 1}));
    fails(
        "Either",
        json!({"kind": "a"}),
        "$.x: no variant of `Either` fits; the closest: $.x: expected a number, found `{\"kind\":\"a\"}`",
    );
}

#[test]
fn replies_are_strict_about_absence_and_null() {
    let optional = one_field(json!({"name": "x", "type": "string", "required": false, "nullable": false}));
    assert!(optional.check_reply("op", 200, &json!({})).is_empty());
    assert_eq!(optional.check_reply("op", 200, &json!({"x": null})).len(), 1);
    let nullable = one_field(json!({"name": "x", "type": "string", "required": true, "nullable": true}));
    assert!(nullable.check_reply("op", 200, &json!({"x": null})).is_empty());
    assert_eq!(nullable.check_reply("op", 200, &json!({})).len(), 1);
}

#[test]
fn what_clients_read_is_required_and_never_null() {
    let field = json!({"name": "x", "type": "string", "required": false, "nullable": true, "client_reads": "required"});
    let read = one_field(field);
    assert_eq!(read.check_reply("op", 200, &json!({})).len(), 1);
    assert_eq!(read.check_reply("op", 200, &json!({"x": null})).len(), 1);
    assert!(read.check_reply("op", 200, &json!({"x": ""})).is_empty());
}

#[test]
fn requests_tolerate_null_and_what_clients_never_send() {
    let optional = one_field(json!({"name": "x", "type": "string", "required": false, "nullable": false}));
    assert!(optional.check_request("op", &json!({"x": null})).is_empty());
    let required = one_field(json!({"name": "x", "type": "string", "required": true, "nullable": false}));
    assert_eq!(required.check_request("op", &json!({})).len(), 1);
    let statistics = json!({"comment_filter": {}, "label_property_timeseries": false, "label_timeseries": false});
    assert_eq!(contract().check_request("get_dataset_statistics", &statistics), Vec::<String>::new());
}

#[test]
fn an_alternative_shape_is_accepted() {
    let contract = one_field(json!({"name": "x", "type": "string", "alt_type": "array<string>",
                                    "required": true, "nullable": false}));
    assert!(contract.check_request("op", &json!({"x": ["a"]})).is_empty());
    assert_eq!(contract.check_request("op", &json!({"x": 1})).len(), 1);
}

#[test]
fn annotations_name_their_comment_by_text_or_list() {
    for uid in [json!("0a.b"), json!(["0a.b"])] {
        let body = json!({"annotations": [{"comment_uid": uid, "labels": [{"name": "A > B"}]}]});
        assert_eq!(contract().check_request("sync_annotations", &body), Vec::<String>::new());
    }
}

#[test]
fn constants_are_held() {
    let body = |pins: u32| json!({"status": "ok", "labellers": [], "model_tags": [], "max_number_pinned_models": pins});
    assert!(contract().check_reply("get_all_models_in_dataset", 200, &body(100)).is_empty());
    assert_eq!(contract().check_reply("get_all_models_in_dataset", 200, &body(99)).len(), 1);
}

#[test]
fn unknown_keys_pass_but_for_the_two_exact_replies() {
    let body = json!({"status": "ok", "more": 1});
    for operation in EXACT_REPLIES {
        assert_eq!(contract().check_reply(operation, 200, &body).len(), 1, "{operation}");
        assert!(contract().check_reply(operation, 200, &json!({"status": "ok"})).is_empty());
    }
    assert!(contract().check_reply("delete_comment", 200, &body).is_empty());
}

#[test]
fn failures_follow_the_error_model() {
    let good = json!({"status": "error", "message": "404 Not Found"});
    assert!(contract().check_reply("get_source", 404, &good).is_empty());
    assert_eq!(contract().check_reply("get_source", 404, &json!({"status": "error"})).len(), 1);
    assert_eq!(contract().check_reply("get_source", 500, &json!({"status": "ok", "message": ""})).len(), 1);
    assert_eq!(contract().check_reply("get_source", 302, &good).len(), 1);
}

#[test]
fn an_unknown_operation_is_a_problem() {
    assert_eq!(contract().check_reply("fly", 200, &json!({})).len(), 1);
    assert_eq!(contract().check_request("fly", &json!({})).len(), 1);
}
