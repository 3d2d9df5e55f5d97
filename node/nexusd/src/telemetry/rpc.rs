//! The interface's figures, read when somebody asks for them.

use std::fmt;
use std::sync::Arc;

use nexus_rpc::{CallClass, CallOutcome, Figures, RefusalReason};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// Shows [`Figures`] under `nexus_rpc_`.
#[derive(Debug)]
pub(crate) struct RpcFigures(pub(crate) Arc<Figures>);

impl Collector for RpcFigures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        self.calls(&mut encoder)?;
        self.refused(&mut encoder)?;
        let figures = &self.0;
        for (name, help, value) in [
            (
                "nexus_rpc_connections_accepted",
                "Connections served since the start",
                figures.accepted(),
            ),
            (
                "nexus_rpc_received_bytes",
                "Bytes read from connections",
                figures.received_bytes(),
            ),
            (
                "nexus_rpc_sent_bytes",
                "Bytes that connections took",
                figures.sent_bytes(),
            ),
        ] {
            encoder
                .encode_descriptor(name, help, None, MetricType::Counter)?
                .encode_counter::<NoLabelSet, u64, u64>(&value, None)?;
        }
        for (name, help, value) in [
            (
                "nexus_rpc_connections",
                "Connections open now",
                figures.connections(),
            ),
            (
                "nexus_rpc_subscriptions",
                "Subscriptions open now",
                figures.subscriptions(),
            ),
            (
                "nexus_rpc_calls_in_flight",
                "Calls that wait or run now",
                figures.in_flight(),
            ),
            (
                "nexus_rpc_reads_waiting",
                "Reads of the store that wait for a place now",
                figures.waiting_reads(),
            ),
            (
                "nexus_rpc_unsent_bytes",
                "Bytes of answers that no connection has taken yet",
                figures.unsent_bytes(),
            ),
        ] {
            encoder
                .encode_descriptor(name, help, None, MetricType::Gauge)?
                .encode_gauge(&value)?;
        }
        Ok(())
    }
}

impl RpcFigures {
    fn calls(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "Calls, by what they ask for and what became of them";
        let mut family =
            encoder.encode_descriptor("nexus_rpc_calls", help, None, MetricType::Counter)?;
        for class in CallClass::ALL {
            for outcome in CallOutcome::ALL {
                let labels = [("class", class.name()), ("outcome", outcome.name())];
                let value = self.0.calls(class, outcome);
                family
                    .encode_family(&labels)?
                    .encode_counter::<NoLabelSet, u64, u64>(&value, None)?;
            }
        }
        Ok(())
    }

    fn refused(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "What was refused before it was looked at, or for want of room, by reason";
        let mut family =
            encoder.encode_descriptor("nexus_rpc_refused", help, None, MetricType::Counter)?;
        for reason in RefusalReason::ALL {
            let labels = [("reason", reason.name())];
            family
                .encode_family(&labels)?
                .encode_counter::<NoLabelSet, u64, u64>(&self.0.refused(reason), None)?;
        }
        Ok(())
    }
}
