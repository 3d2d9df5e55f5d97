//! The one table of methods: each entry is registered with jsonrpsee and described for `rpc.discover` at once, so that
//! neither can have a method the other lacks.

use crate::conn::Conn;
use crate::limit::Caller;
use crate::node::Node;
use crate::refusal::Refusal;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::Params;
use jsonrpsee::{Extensions, RpcModule};
use nexus_sdk::api::{EventNotice, Method, NoParams, SubscribeEventsParams};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The method that a subscriber is notified with.
pub(crate) const EVENT: &str = "nexus_event";

/// What `rpc.discover` says about one method.
pub(crate) struct Described {
    pub(crate) method: Method,
    pub(crate) params: Schema,
    pub(crate) result: Schema,
    /// What is sent afterwards, again and again.
    pub(crate) notice: Option<Schema>,
}

/// Methods registered so far, with their descriptions.
pub(crate) struct Registry {
    module: RpcModule<Node>,
    schemas: SchemaGenerator,
    described: Vec<Described>,
}

impl Registry {
    pub(crate) fn new(node: Arc<Node>) -> Self {
        let settings = SchemaSettings::draft07().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self {
            module: RpcModule::from_arc(node),
            schemas: settings.into_generator(),
            described: Vec::new(),
        }
    }

    fn describe<P: JsonSchema, R: JsonSchema>(&mut self, method: Method) {
        let described = Described {
            method,
            params: P::json_schema(&mut self.schemas),
            result: self.schemas.subschema_for::<R>(),
            notice: None,
        };
        self.described.push(described);
    }

    /// A method that anybody calls with one object of parameters.
    pub(crate) fn method<P, R, F, Fut>(
        &mut self,
        method: Method,
        handler: F,
    ) -> Result<(), RegisterMethodError>
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + Clone + Send + 'static,
        F: Fn(Arc<Node>, P) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<R, Refusal>> + Send + 'static,
    {
        self.method_by(method, move |node, _, params| handler(node, params))
    }

    /// A method that must know who calls.
    pub(crate) fn method_by<P, R, F, Fut>(
        &mut self,
        method: Method,
        handler: F,
    ) -> Result<(), RegisterMethodError>
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + Clone + Send + 'static,
        F: Fn(Arc<Node>, Caller, P) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<R, Refusal>> + Send + 'static,
    {
        self.describe::<P, R>(method);
        self.module
            .register_async_method(method.name(), move |params, node, extensions| {
                let called =
                    parse::<P>(&params).and_then(|params| Ok((caller(&extensions)?, params)));
                let handler = handler.clone();
                async move {
                    let (caller, params) = called.map_err(Refusal::into_error)?;
                    let answer = handler(node, caller, params).await;
                    answer.map_err(Refusal::into_error)
                }
            })?;
        Ok(())
    }

    /// The subscription to events.
    pub(crate) fn events(&mut self) -> Result<(), RegisterMethodError> {
        // The answer is the subscription's id.
        self.describe::<SubscribeEventsParams, String>(Method::SubscribeEvents);
        let notice = self.schemas.subschema_for::<EventNotice>();
        if let Some(described) = self.described.last_mut() {
            described.notice = Some(notice);
        }
        // What jsonrpsee itself registers: an array with the subscription's id, the one method with such parameters.
        self.describe::<(String,), bool>(Method::UnsubscribeEvents);
        self.module.register_subscription(
            Method::SubscribeEvents.name(),
            EVENT,
            Method::UnsubscribeEvents.name(),
            |params, pending, node, extensions| {
                let params = parse::<SubscribeEventsParams>(&params);
                let conn = extensions.get::<Arc<Conn>>().cloned();
                crate::methods::events::subscribe(node, params, pending, conn)
            },
        )?;
        Ok(())
    }

    /// Adds `rpc.discover` and closes the table.
    pub(crate) fn finish(mut self) -> Result<RpcModule<Node>, RegisterMethodError> {
        self.describe::<NoParams, serde_json::Map<String, serde_json::Value>>(Method::Discover);
        let document =
            crate::discover::document(&self.described, self.schemas.take_definitions(true));
        // Written once; each call copies the text.
        let document = serde_json::value::to_raw_value(&document).ok();
        self.module
            .register_method(Method::Discover.name(), move |params, _, _| {
                parse::<NoParams>(&params).map_err(Refusal::into_error)?;
                let written = document.clone();
                written.ok_or_else(|| {
                    Refusal::internal("describing itself", &"the document is no JSON").into_error()
                })
            })?;
        Ok(self.module)
    }
}

fn caller(extensions: &Extensions) -> Result<Caller, Refusal> {
    let conn = extensions.get::<Arc<Conn>>();
    conn.map(|conn| conn.caller).ok_or_else(|| {
        Refusal::internal(
            "finding out who calls",
            &"the request carries no connection",
        )
    })
}

/// Reads the one object of parameters. Nothing at all, or an empty array, stands for the empty object; parameters by
/// position are refused, because an added one would change what the others mean.
fn parse<P: DeserializeOwned>(params: &Params<'_>) -> Result<P, Refusal> {
    let text = params.as_str().map_or("{}", str::trim);
    let text = match text {
        "" => "{}",
        other if other.starts_with('[') => {
            let inside = other
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'));
            if !inside.is_some_and(|inside| inside.trim().is_empty()) {
                return Err(Refusal::params(
                    "they are given by position; give one object with names",
                ));
            }
            "{}"
        }
        other => other,
    };
    serde_json::from_str(text).map_err(Refusal::params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_sdk::api::HeightParams;

    fn read(text: Option<&str>) -> Result<HeightParams, Refusal> {
        parse(&Params::new(text))
    }

    #[test]
    fn parameters_are_one_object_with_known_names() {
        assert_eq!(read(None).unwrap(), HeightParams::default());
        assert_eq!(read(Some("[]")).unwrap(), HeightParams::default());
        assert_eq!(read(Some("[ ]")).unwrap(), HeightParams::default());
        assert_eq!(
            read(Some(r#"{"height":"7"}"#)).unwrap().height.unwrap().0,
            7
        );
        for wrong in [
            r#"["7"]"#,
            r#"{"heigth":"7"}"#,
            r#"{"height":"-7"}"#,
            "7",
            r#"{"height":"7""#,
        ] {
            let refusal = read(Some(wrong)).unwrap_err();
            assert_eq!(refusal.code, -32602, "{wrong}");
        }
        let refusal = read(Some(r#"{"heigth":"7"}"#)).unwrap_err();
        assert!(
            refusal.message.contains("unknown field `heigth`"),
            "{}",
            refusal.message
        );
    }
}
