//! Money in JSON.

use super::*;
use nexus_types::billing::{Charge, ChargeLine, MoneyEntry, MoneyEvent, Part, StatementEntry};
use nexus_types::block::Event;
use nexus_types::encoding::Text;
use nexus_types::ids::ProcessorId;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::{Resource, UsageFlags};
use nexus_types::money::{Account, AccountId, ExternalId, Grains, Micros, Price};
use nexus_types::payment::{DebtStage as Stage, Payment, PaymentKind, Sale};
use nexus_types::period::{Calendar, Period};
use nexus_types::{Action, ImvuId, Subject, Time};

#[test]
fn amounts_leave_as_decimal_strings_and_periods_as_numbers() {
    let action = Action::RecordSale {
        processor: processor(),
        external: external("pi_1"),
        imvu: imvu_042(),
        gross: Micros(u128::MAX),
        tax: Micros(19),
        region: Jurisdiction::new("EU-GDPR").unwrap(),
        fee: Micros(0),
    };
    let json = to_value(ActionView::from(&action)).unwrap();
    assert_eq!(
        json,
        json!({
            "kind": "recordSale", "processor": "acquirer-1", "external": "pi_1", "imvu": "IMVU-042",
            "gross": u128::MAX.to_string(), "tax": "19", "region": "EU-GDPR", "fee": "0",
        })
    );
    assert_eq!(
        from_value::<ActionView>(json).unwrap(),
        ActionView::from(&action)
    );
    let action = Action::PublishPrices {
        from: Period(682),
        prices: [Price {
            micros: 3,
            per: 1_000,
        }; 7],
    };
    let json = to_value(ActionView::from(&action)).unwrap();
    assert_eq!(json["from"], 682);
    assert_eq!(
        json["prices"][1],
        json!({"resource": "memory", "unit": "MiB·s", "micros": "3", "per": "1000"})
    );
}

#[test]
fn an_account_shows_a_balance_below_zero() {
    let account = Account {
        debits: Grains(7),
        credits: Grains(5),
    };
    let json = to_value(AccountView::new(&AccountId::PlatformIncome, &account)).unwrap();
    assert_eq!(
        json,
        json!({
            "kind": "platformIncome", "asset": false,
            "debitsGrains": "7", "creditsGrains": "5", "balanceGrains": "-2",
        })
    );
    let id = AccountId::Clearing(processor());
    let json = to_value(AccountView::new(&id, &account)).unwrap();
    assert_eq!(
        (&json["balanceGrains"], &json["processor"]),
        (&json!("2"), &json!("acquirer-1"))
    );
}

#[test]
fn a_signed_number_has_one_spelling() {
    for right in ["0", "-1", "170141183460469231731687303715884105727"] {
        let number: WireI128 = from_value(json!(right)).unwrap();
        assert_eq!(to_value(number).unwrap(), right);
    }
    for wrong in ["-0", "+1", "01", "-01", "", "-", "--1"] {
        assert!(from_value::<WireI128>(json!(wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn a_payment_is_named_by_its_processor_and_its_name_there() {
    let subject = Subject::Payment(processor(), external("pi_1"));
    let view = SubjectView::from(&subject);
    let json = to_value(&view).unwrap();
    assert_eq!(
        json,
        json!({"kind": "payment", "id": {"processor": "acquirer-1", "external": "pi_1"}})
    );
    assert_eq!(from_value::<SubjectView>(json).unwrap(), view);
    assert!(from_value::<WireExternal>(json!("x".repeat(65))).is_err());
    let payment = Payment {
        processor: processor(),
        external: external("pi_1"),
        height: 7,
        time: Time(8),
        amount: Micros(100),
        kind: PaymentKind::Sale(Sale {
            imvu: imvu_042(),
            creator: IdentityId(Hash([1; 32])),
            region: Jurisdiction::new("US").unwrap(),
            tax: Micros(9),
            fee: Micros(3),
            day: 20_000,
            refunded: Micros(0),
            tax_refunded: Micros(0),
            disputed: Micros(0),
        }),
    };
    let view = PaymentView::from(&payment);
    let json = to_value(&view).unwrap();
    assert_eq!(
        (&json["what"]["kind"], &json["what"]["fee"]),
        (&json!("sale"), &json!("3"))
    );
    assert_eq!(from_value::<PaymentView>(json).unwrap(), view);
}

#[test]
fn a_calendar_says_how_it_counts() {
    for (calendar, json) in [
        (Calendar::Months, json!({"kind": "months"})),
        (Calendar::Hours(24), json!({"kind": "hours", "hours": 24})),
    ] {
        let view = CalendarView::from(calendar);
        assert_eq!(to_value(view).unwrap(), json);
        assert_eq!(
            Calendar::from(from_value::<CalendarView>(json).unwrap()),
            calendar
        );
    }
}

#[test]
fn a_charge_names_its_hour_and_its_price_list() {
    let json = to_value(EventBody::from(&Event::Money(entry()))).unwrap();
    assert_eq!(
        (&json["type"], &json["period"], &json["what"]["kind"]),
        (&json!("money"), &json!(682), &json!("charged"))
    );
    let charge = &json["what"];
    assert_eq!(
        (
            &charge["of"],
            &charge["usage"],
            &charge["priceVersion"],
            &charge["flags"]
        ),
        (&json!(681), &json!("4"), &json!(2), &json!(["test"]))
    );
    assert_eq!(charge["lines"][0]["charged"], "12");
    assert_eq!(charge["parts"][0]["collected"], "5");
}

#[test]
fn parameters_about_money_take_periods_as_numbers() {
    let params: GetPeriodParams = from_value(json!({"imvu": "IMVU-042", "period": 682})).unwrap();
    assert_eq!(params.period, 682);
    let error =
        from_value::<GetPeriodParams>(json!({"imvu": "IMVU-042", "month": 682})).unwrap_err();
    assert!(
        error.to_string().contains("unknown field `month`"),
        "{error}"
    );
}

fn imvu_042() -> ImvuId {
    ImvuId::new("IMVU-042").unwrap()
}

fn processor() -> ProcessorId {
    ProcessorId::new("acquirer-1").unwrap()
}

fn external(name: &str) -> ExternalId {
    Text::new(name).unwrap()
}

fn entry() -> MoneyEntry {
    let payer = IdentityId(Hash([3; 32]));
    MoneyEntry {
        imvu: imvu_042(),
        sequence: 1,
        height: 9,
        time: Time(10),
        period: Period(682),
        owner: payer,
        event: MoneyEvent::Charged(Charge {
            usage: 4,
            hour: 490_000,
            of: Period(681),
            version: 2,
            lines: vec![ChargeLine {
                resource: Resource::Cpu,
                quantity: 7,
                charged: Micros(12),
            }],
            parts: vec![Part {
                payer,
                charged: Micros(12),
                collected: Micros(5),
            }],
            flags: UsageFlags(UsageFlags::TEST),
        }),
    }
}

/// One of each kind of event about money.
pub(super) fn events() -> Vec<Event> {
    let payer = IdentityId(Hash([3; 32]));
    vec![
        Event::Money(entry()),
        Event::Statement(StatementEntry {
            imvu: imvu_042(),
            sequence: 0,
            period: Period(681),
            height: 9,
            hash: Hash([4; 32]),
            text: b"{}".to_vec(),
        }),
        Event::Debt {
            imvu: imvu_042(),
            payer,
            stage: Some(Stage::Frozen),
        },
        Event::Debt {
            imvu: imvu_042(),
            payer,
            stage: None,
        },
        Event::PeriodClosed(Period(681)),
        Event::BooksDiffer(processor()),
        Event::Contained {
            imvu: imvu_042(),
            until: Some(Time(1)),
        },
    ]
}
