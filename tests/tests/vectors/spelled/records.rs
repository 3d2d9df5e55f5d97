//! DNS records as the vectors spell them.

use super::{one, variant};
use nexus_types::Name;
use nexus_types::rrset::{RData, RRset, Service};
use serde_json::{Value, json};

pub(crate) fn rrset(set: &RRset) -> Value {
    let records: Vec<Value> = set.records.as_slice().iter().map(rdata).collect();
    json!({"rtype": variant(set.rtype), "ttl": set.ttl, "records": records})
}

fn rdata(data: &RData) -> Value {
    let contents = match data {
        RData::A(octets) => json!(hex::encode(octets)),
        RData::Aaaa(octets) => json!(hex::encode(octets)),
        RData::Cname(name) | RData::Ptr(name) => json!(name.as_str()),
        RData::Mx {
            preference,
            exchange,
        } => json!({"preference": preference, "exchange": exchange.as_str()}),
        RData::Txt(strings) => {
            let strings = strings.as_slice().iter();
            json!(
                strings
                    .map(|one| hex::encode(one.as_slice()))
                    .collect::<Vec<_>>()
            )
        }
        RData::Srv {
            priority,
            weight,
            port,
            target,
        } => {
            json!({"priority": priority, "weight": weight, "port": port, "target": target.as_str()})
        }
        RData::Caa {
            critical,
            tag,
            value,
        } => {
            json!({"critical": critical, "tag": tag.as_str(), "value": hex::encode(value.as_slice())})
        }
        RData::Tlsa {
            usage,
            selector,
            matching,
            data,
        } => json!({
            "usage": usage,
            "selector": selector,
            "matching": matching,
            "data": hex::encode(data.as_slice()),
        }),
        RData::Sshfp {
            algorithm,
            kind,
            fingerprint,
        } => json!({
            "algorithm": algorithm,
            "kind": kind,
            "fingerprint": hex::encode(fingerprint.as_slice()),
        }),
        RData::Https(data) | RData::Svcb(data) => service(data),
    };
    one(&variant(data), contents)
}

fn service(service: &Service) -> Value {
    let params = service.params.as_slice().iter();
    let params: Vec<Value> = params
        .map(|param| json!({"key": param.key, "value": hex::encode(param.value.as_slice())}))
        .collect();
    let target = service.target.as_ref().map(Name::as_str);
    json!({"priority": service.priority, "target": target, "params": params})
}
