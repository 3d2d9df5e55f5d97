//! A subscriber to a node's events over a WebSocket.

use crate::node::Node;
use nexus_sdk::api::{EventNotice, Method, SubscribeEventsParams};
use serde_json::{Value, json};
use std::io;
use std::net::TcpStream;
use std::time::Duration;
use tokio_tungstenite::tungstenite::{self, Message, WebSocket, client};

/// How long the subscriber waits for something before it looks up.
const READ_TIMEOUT: Duration = Duration::from_millis(500);

/// An open subscription.
#[derive(Debug)]
pub struct Subscriber {
    socket: WebSocket<TcpStream>,
}

/// What a look at the socket gave.
#[derive(Debug)]
pub enum Seen {
    /// A notice.
    Notice(Box<EventNotice>),
    /// Nothing for the moment.
    Nothing,
    /// The connection has ended.
    Ended(String),
}

impl Subscriber {
    /// Subscribes at a node.
    ///
    /// # Errors
    /// What the network or the node said.
    pub fn open(node: &Node, params: &SubscribeEventsParams) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", node.ws);
        let authority = crate::http::authority(&node.rpc);
        let stream = TcpStream::connect(authority).map_err(|error| failed(&error))?;
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .map_err(|error| failed(&error))?;
        let (mut socket, _) = client(node.ws.as_str(), stream).map_err(|error| failed(&error))?;
        let request = json!({
            "jsonrpc": "2.0",
            "id": "1",
            "method": Method::SubscribeEvents.name(),
            "params": params,
        });
        socket
            .send(Message::text(request.to_string()))
            .map_err(|error| failed(&error))?;
        let answer = socket.read().map_err(|error| failed(&error))?;
        let answer: Value =
            serde_json::from_slice(&answer.into_data()).map_err(|error| failed(&error))?;
        if answer.get("result").is_none() {
            return Err(failed(&answer));
        }
        socket
            .get_ref()
            .set_read_timeout(Some(READ_TIMEOUT))
            .map_err(|error| failed(&error))?;
        Ok(Self { socket })
    }

    /// The next notice, if one comes soon.
    ///
    /// # Panics
    /// If something else than a notice of this subscription comes.
    pub fn look(&mut self) -> Seen {
        match self.socket.read() {
            Ok(Message::Text(text)) => {
                let value: Value = serde_json::from_str(&text).expect("JSON");
                let notice = value["params"]["result"].clone();
                let notice = serde_json::from_value(notice)
                    .unwrap_or_else(|error| panic!("{error}: {text}"));
                Seen::Notice(Box::new(notice))
            }
            Ok(Message::Close(_)) => Seen::Ended("closed".to_owned()),
            Ok(_) => Seen::Nothing,
            Err(tungstenite::Error::Io(error))
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                ) =>
            {
                Seen::Nothing
            }
            Err(error) => Seen::Ended(error.to_string()),
        }
    }
}
