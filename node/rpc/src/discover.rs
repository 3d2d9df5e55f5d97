//! The OpenRPC document (spec.open-rpc.org, 1.3.2), made from the types that the methods take and return.

use crate::registry::{Described, EVENT};
use nexus_sdk::api::codes::{self, Layer};
use schemars::Schema;
use serde_json::{Map, Value, json};

/// The document of all described methods; `definitions` are the schemas they refer to.
pub(crate) fn document(described: &[Described], definitions: Map<String, Value>) -> Value {
    let methods: Vec<Value> = described.iter().map(method).collect();
    json!({
        "openrpc": "1.3.2",
        "info": {
            "title": "Nexus COS node",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Typed reads with proofs, submission of signed transactions, replayable events. \
                            Every method takes one object of named parameters.",
            "license": { "name": "Apache-2.0" },
        },
        "methods": methods,
        "components": {
            "schemas": definitions,
            "errors": errors(),
        },
    })
}

fn method(described: &Described) -> Value {
    let items = described
        .params
        .get("prefixItems")
        .and_then(Value::as_array);
    let (structure, params) = match items {
        Some(items) => ("by-position", positions(items)),
        None => ("by-name", params(&described.params)),
    };
    let mut document = json!({
        "name": described.method.name(),
        "summary": described.method.summary(),
        "paramStructure": structure,
        "params": params,
        "result": { "name": "result", "schema": described.result },
    });
    if let (Some(notice), Some(members)) = (&described.notice, document.as_object_mut()) {
        // OpenRPC has no word for what a subscription sends; its extensions begin so.
        let notification = json!({ "method": EVENT, "params": { "result": notice } });
        members.insert("x-notification".to_owned(), notification);
    }
    document
}

/// One content descriptor for each member of the parameters' object.
fn params(schema: &Schema) -> Vec<Value> {
    let members = schema.get("properties").and_then(Value::as_object);
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|each| each == name));
    let described = members.into_iter().flatten().map(
        |(name, schema)| json!({ "name": name, "required": is_required(name), "schema": schema }),
    );
    described.collect()
}

/// A subscription's id is the only thing ever given by its place.
fn positions(items: &[Value]) -> Vec<Value> {
    let described = items
        .iter()
        .map(|schema| json!({ "name": "subscription", "required": true, "schema": schema }));
    described.collect()
}

/// Errors every method may answer: the interface's own.
fn errors() -> Map<String, Value> {
    let own = codes::all().filter(|each| each.layer == Layer::Interface);
    own.map(|each| {
        let error = json!({ "code": each.code.code, "message": each.cause });
        (each.code.name, error)
    })
    .collect()
}
