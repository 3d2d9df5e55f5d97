//! `nexus mail`: addresses, routes, DKIM keys, credentials and tokens of an IMVU, and what its mail agents committed to.

mod args;
mod show;

pub(crate) use args::MailRouteArgs;

use super::change::{imvu_id, jurisdiction};
use super::identity::named;
use super::money::ahead;
use super::usage::{When, when};
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::submit;
use crate::text::{mail_route, short};
use args::{
    AddressArgs, KeyPlace, LimitArgs, Mailbox, PublicKeyArgs, mailbox, random, salted, secret,
};
use clap::{Args, Subcommand};
use nexus_sdk::api::MailRouteChangeView;
use nexus_types::encoding::Set;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::mail::{
    ChangeMailRoute, GrantAddress, RegisterDkimKey, RevokeAddress, RevokeDkimKey,
    RevokeMailCredential, RevokeMailTokens, SetMailCredential, secret_hash,
};
use nexus_types::{Action, Hash, ImvuId};

/// Mail.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show an IMVU's addresses, credentials, routes and DKIM keys
    Show {
        /// Which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
    /// List the epochs of mail that agents committed to, oldest first
    Epochs {
        /// Which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// How many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// Grant an address to an identity; only a salted hash of it goes to the ledger
    Grant(Grant),
    /// Take an address back; credentials lose it
    Revoke {
        /// Which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        #[command(flatten)]
        address: AddressArgs,
    },
    /// Route a domain's mail: to the host's mail agent, to another exchange, or nowhere
    Route {
        /// Which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        #[command(flatten)]
        route: MailRouteArgs,
    },
    /// DKIM keys: register, revoke
    #[command(subcommand)]
    Dkim(Dkim),
    /// Secrets for programs that can't sign: set, revoke
    #[command(subcommand)]
    Credential(CredentialCommand),
    /// Void every token that was signed so far
    RevokeTokens {
        /// Which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
}

/// An address to grant.
#[derive(Args)]
pub(crate) struct Grant {
    /// Which IMVU
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    /// The address, under a domain bound to it, such as ann@shop.example
    #[arg(value_parser = mailbox)]
    address: Mailbox,
    /// Who sends and receives under it: a verified identity, or the name of a key of this machine
    #[arg(long, value_name = "IDENTITY")]
    holder: String,
    #[command(flatten)]
    limits: LimitArgs,
    /// Where the mailbox may be [default: the IMVU's own tag, which is the only one that is not refused]
    #[arg(long, value_name = "TAG", value_parser = jurisdiction)]
    jurisdiction: Option<Jurisdiction>,
}

/// DKIM keys.
#[derive(Subcommand)]
pub(crate) enum Dkim {
    /// Publish a public key in the domain's zone
    Register {
        #[command(flatten)]
        place: KeyPlace,
        #[command(flatten)]
        key: PublicKeyArgs,
    },
    /// Publish that a key is revoked; its selector is never used again
    Revoke {
        #[command(flatten)]
        place: KeyPlace,
    },
}

/// Credentials.
#[derive(Subcommand)]
pub(crate) enum CredentialCommand {
    /// Make a secret for some addresses of one holder; it is shown once
    Set(SetCredential),
    /// End a credential
    Revoke {
        /// Which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// Its id
        credential: Hash,
    },
}

/// A credential to make.
#[derive(Args)]
pub(crate) struct SetCredential {
    /// Which IMVU
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    /// Who sends with it: an identity, or the name of a key of this machine
    #[arg(long, value_name = "IDENTITY")]
    holder: String,
    /// An address as it stands on the ledger (nexus mail show), granted to the holder; repeatable
    #[arg(long = "local", value_name = "HASH", required = true)]
    addresses: Vec<Hash>,
    /// How long it holds: 30d, 12h, or a date; a year at most
    #[arg(long, value_parser = when, default_value = "90d")]
    expires: When,
    /// Messages a day
    #[arg(long, default_value_t = 200)]
    messages: u64,
    /// The credential to replace [default: a new one]
    #[arg(long, value_name = "HASH")]
    credential: Option<Hash>,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    let action = match command {
        Command::Show { imvu } => return show::book(ctx, &imvu).await,
        Command::Epochs { imvu, limit } => return show::epochs(ctx, imvu, limit).await,
        Command::Grant(grant) => return self::grant(ctx, grant).await,
        Command::Revoke { imvu, address } => Action::RevokeAddress(RevokeAddress {
            imvu,
            local: address.commitment()?,
        }),
        Command::Route { imvu, route } => Action::ChangeMailRoute(ChangeMailRoute {
            imvu,
            change: route.change(),
        }),
        Command::Dkim(Dkim::Register { place, key }) => Action::RegisterDkimKey(RegisterDkimKey {
            imvu: place.imvu,
            domain: place.domain,
            selector: place.selector,
            key: key.key()?,
        }),
        Command::Dkim(Dkim::Revoke { place }) => Action::RevokeDkimKey(RevokeDkimKey {
            imvu: place.imvu,
            domain: place.domain,
            selector: place.selector,
        }),
        Command::Credential(CredentialCommand::Set(set)) => return set_credential(ctx, set).await,
        Command::Credential(CredentialCommand::Revoke { imvu, credential }) => {
            Action::RevokeMailCredential(RevokeMailCredential { imvu, credential })
        }
        Command::RevokeTokens { imvu } => Action::RevokeMailTokens(RevokeMailTokens { imvu }),
    };
    submit::act(ctx, Role::Creator, action).await
}

async fn grant(ctx: &Context, grant: Grant) -> Result<Answer, CliError> {
    let jurisdiction = match grant.jurisdiction {
        Some(tag) => tag,
        None => own_tag(ctx, &grant.imvu).await?,
    };
    let (local, salt) = salted(&grant.address);
    let action = Action::GrantAddress(GrantAddress {
        imvu: grant.imvu,
        domain: grant.address.domain,
        local,
        holder: named(ctx, &grant.holder)?,
        limits: grant.limits.limits(),
        jurisdiction,
    });
    let done = submit::act_with(ctx, Role::Creator, action, Vec::new()).await?;
    let told = [("local", local.to_string()), ("salt", salt.to_string())];
    let advice = "keep the salt: with it, and only with it, the address can be shown to be this one; the mail agent needs both";
    Ok(with_told(done, &told, advice))
}

async fn own_tag(ctx: &Context, imvu: &ImvuId) -> Result<Jurisdiction, CliError> {
    let read = ctx.client()?.imvu(imvu).await?;
    let tag = read.value.jurisdiction.map(|tag| tag.0);
    tag.ok_or_else(|| {
        CliError::usage(
            format!("{imvu} has declared no jurisdiction"),
            "Declare one first: nexus imvu set-jurisdiction.",
        )
    })
}

async fn set_credential(ctx: &Context, set: SetCredential) -> Result<Answer, CliError> {
    let addresses = Set::new(set.addresses).map_err(|_| {
        CliError::usage(
            "a credential has at most 32 addresses",
            "Make several of them.",
        )
    })?;
    let node = ctx.node().await?;
    let id = set.credential.unwrap_or_else(|| Hash(random()));
    let secret = secret();
    let action = Action::SetMailCredential(SetMailCredential {
        imvu: set.imvu,
        credential: id,
        holder: named(ctx, &set.holder)?,
        addresses,
        secret: secret_hash(secret.as_bytes()),
        expires: ahead(set.expires, node.block_time),
        messages_day: set.messages,
    });
    let done = submit::act_with(ctx, Role::Creator, action, Vec::new()).await?;
    let told = [("credential", id.to_string()), ("secret", secret)];
    Ok(with_told(
        done,
        &told,
        "keep the secret: it is shown this once, and stands nowhere else",
    ))
}

/// What was made on this machine, once the ledger took it.
fn with_told(done: submit::Done, told: &[(&str, String)], advice: &str) -> Answer {
    let mut answer = done.answer;
    if !done.applied {
        return answer;
    }
    for (name, value) in told {
        answer.text = format!("{}\n{name} {value}", answer.text);
        if let Some(members) = answer.json.as_object_mut() {
            members.insert((*name).to_owned(), value.clone().into());
        }
    }
    answer.text = format!("{}\n{advice}", answer.text);
    answer
}

/// What an action of mail asks for beyond its name and subject.
pub(crate) fn asked(action: &Action) -> String {
    match action {
        Action::GrantAddress(asked) => format!(
            "under {} to {}: {} messages, {} recipients a day",
            asked.domain,
            short(&asked.holder),
            asked.limits.messages_day,
            asked.limits.recipients_day
        ),
        Action::ProposeMailRoute(asked) => mail_route(&MailRouteChangeView::from(&asked.change)),
        Action::ChangeMailRoute(asked) => mail_route(&MailRouteChangeView::from(&asked.change)),
        Action::RegisterDkimKey(asked) => {
            format!("{} key {}", asked.key.algorithm(), asked.selector)
        }
        Action::RevokeDkimKey(asked) => format!("key {}", asked.selector),
        Action::SetMailCredential(asked) => format!(
            "credential {} of {}, {} addresses",
            short(&asked.credential),
            short(&asked.holder),
            asked.addresses.as_slice().len()
        ),
        Action::RevokeMailCredential(asked) => format!("credential {}", short(&asked.credential)),
        Action::RecordMailEpoch(asked) => format!(
            "epoch {}: {} messages, sequences {}–{}",
            asked.epoch, asked.messages, asked.first_seq, asked.last_seq
        ),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Words {
        #[command(subcommand)]
        command: Command,
    }

    fn parsed(words: &str) -> Result<Command, String> {
        let words = words.split_whitespace();
        Words::try_parse_from(std::iter::once("mail").chain(words))
            .map(|words| words.command)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_route_goes_to_exactly_one_place() {
        let route = |to: &str| parsed(&format!("route IMVU-042 shop.example {to}"));
        for one in ["--kept", "--none", "--exchange mx.example.net"] {
            assert!(route(one).is_ok(), "{one}");
        }
        for wrong in ["", "--kept --none", "--exchange x"] {
            assert!(route(wrong).is_err(), "{wrong}");
        }
        let Ok(Command::Route { route, .. }) = route("--exchange MX.Example.net.") else {
            panic!("a route")
        };
        let asked = mail_route(&MailRouteChangeView::from(&route.change()));
        assert_eq!(asked, "mail of shop.example to mx.example.net");
    }

    #[test]
    fn an_address_is_named_with_its_salt_or_by_its_hash() {
        let hash = "a".repeat(64);
        let revoke = |how: &str| parsed(&format!("revoke IMVU-042 {how}"));
        assert!(revoke(&format!("--local {hash}")).is_ok());
        assert!(revoke(&format!("--address ann@shop.example --salt {hash}")).is_ok());
        assert!(revoke("--address ann@shop.example").is_err());
        assert!(revoke("").is_err());
        assert!(
            revoke(&format!(
                "--local {hash} --address ann@shop.example --salt {hash}"
            ))
            .is_err()
        );
    }

    #[test]
    fn a_key_is_of_one_kind_and_has_a_selector() {
        let hash = "a".repeat(64);
        let register = |rest: &str| parsed(&format!("dkim register IMVU-042 shop.example {rest}"));
        assert!(register(&format!("nx1 --ed25519 {hash}")).is_ok());
        assert!(register("nx1 --rsa key.pem").is_ok());
        assert!(register("nx1").is_err());
        assert!(register(&format!("nx1 --rsa key.pem --ed25519 {hash}")).is_err());
        assert!(register(&format!("a.b --ed25519 {hash}")).is_err());
    }

    #[test]
    fn a_credential_names_an_address_at_least() {
        let hash = "a".repeat(64);
        let set = |rest: &str| parsed(&format!("credential set IMVU-042 --holder {hash} {rest}"));
        assert!(set(&format!("--local {hash} --expires 30d")).is_ok());
        assert!(set("").is_err());
    }
}
