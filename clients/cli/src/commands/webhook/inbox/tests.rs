//! Nothing that was taken is lost, and nothing is there twice, wherever a process is killed.

use super::*;
use serde_json::json;

fn event(id: &str) -> Event {
    let event = json!({"id": id, "type": "dispute.resolved", "dispute": "dp_1", "outcome": "won"});
    Event::parse(event.to_string().as_bytes()).expect("an event")
}

fn waiting(inbox: &Inbox) -> Vec<String> {
    let waits = inbox.pending().into_iter();
    waits.map(|(_, id)| id.to_string()).collect()
}

fn settled(inbox: &mut Inbox, outcome: Outcome) -> Record {
    let (sequence, _) = inbox.pending().remove(0);
    let mut record = inbox.get(sequence).unwrap().expect("it waits");
    inbox
        .settle(sequence, record.clone(), outcome.clone())
        .unwrap();
    record.outcome = Some(outcome);
    record
}

fn applied() -> Outcome {
    Outcome::Applied {
        transaction: Some(Hash([1; 32]).into()),
        height: Some(7),
    }
}

fn refused() -> Outcome {
    Outcome::Refused {
        code: Some(String::from("NX2006")),
        error: String::from("no"),
        help: String::from("ask"),
        detail: json!({"title": "no"}),
    }
}

#[test]
fn an_event_is_taken_once_and_settled_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut inbox = Inbox::open(folder.path()).unwrap();
    // In the order they came, also within a millisecond and when the clock goes back.
    for (id, now) in [("b", 10), ("a", 10), ("c", 5)] {
        assert_eq!(inbox.take(&event(id), now).unwrap(), Taken::New);
    }
    assert_eq!(waiting(&inbox), ["b", "a", "c"]);
    assert_eq!(inbox.take(&event("a"), 11).unwrap(), Taken::Waits);
    let first = settled(&mut inbox, applied());
    let _ = settled(&mut inbox, refused());
    assert_eq!(inbox.take(&event("b"), 12).unwrap(), Taken::Applied);
    assert_eq!(inbox.take(&event("a"), 12).unwrap(), Taken::Refused);
    assert_eq!(waiting(&inbox), ["c"]);
    let kept: Record = read(&folder.path().join("done/b.json"))
        .unwrap()
        .expect("kept");
    assert_eq!(kept, first);
    assert!(folder.path().join("failed/a.json").is_file());
    // A refused one that is deleted can be delivered again.
    fs::remove_file(folder.path().join("failed/a.json")).unwrap();
    assert_eq!(inbox.take(&event("a"), 13).unwrap(), Taken::New);
}

#[test]
fn another_event_of_a_known_id_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut inbox = Inbox::open(folder.path()).unwrap();
    let other =
        json!({"id": "a", "type": "dispute.resolved", "dispute": "dp_1", "outcome": "lost"});
    let other = Event::parse(other.to_string().as_bytes()).expect("an event");
    assert_eq!(inbox.take(&event("a"), 1).unwrap(), Taken::New);
    assert_eq!(inbox.take(&other, 2).unwrap(), Taken::Other);
    let _ = settled(&mut inbox, applied());
    assert_eq!(inbox.take(&other, 3).unwrap(), Taken::Other);
}

#[test]
fn a_restart_goes_on_wherever_the_last_process_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let pending = folder.path().join("pending");
    let file = |sequence: u64, id: &str| pending.join(format!("{sequence:020}-{id}.json"));
    let mut inbox = Inbox::open(folder.path()).unwrap();
    for id in ["sent", "settled", "later"] {
        let _ = inbox.take(&event(id), 1).unwrap();
    }
    // Killed after an event's transaction was written down, and before its answer came.
    let mut sent = inbox.get(1).unwrap().expect("it waits");
    sent.attempts.push(Attempt {
        id: Hash([1; 32]).into(),
        hash: Hash([2; 32]).into(),
        expires_ms: 5,
    });
    inbox.note(1, &sent).unwrap();
    // Killed after an event was settled, and before it left.
    let left = fs::read(file(2, "settled")).unwrap();
    let record = inbox.get(2).unwrap().expect("it waits");
    inbox.settle(2, record, applied()).unwrap();
    fs::write(file(2, "settled"), left).unwrap();
    // A folder that was put together by hand.
    fs::copy(file(3, "later"), file(4, "later")).unwrap();
    // Killed while one was written, whose delivery was never answered.
    fs::write(file(9, "half").with_added_extension("new"), "{\"rec").unwrap();
    fs::write(folder.path().join("done/later.json.new"), "{\"rec").unwrap();
    drop(inbox);

    let mut inbox = Inbox::open(folder.path()).unwrap();
    assert_eq!(waiting(&inbox), ["sent", "later"]);
    assert_eq!(inbox.get(1).unwrap(), Some(sent));
    assert!(!file(2, "settled").exists());
    assert_eq!(inbox.take(&event("settled"), 2).unwrap(), Taken::Applied);
    assert_eq!(inbox.take(&event("half"), 2).unwrap(), Taken::New);
    assert_eq!(waiting(&inbox), ["sent", "later", "half"]);
    assert_eq!(fs::read_dir(&pending).unwrap().count(), 3);
}

#[test]
fn the_ledger_s_disputes_are_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let name = Name::try_from(String::from("dp_1")).unwrap();
    let inbox = Inbox::open(folder.path()).unwrap();
    assert_eq!(inbox.dispute(&name).unwrap(), None);
    inbox.opened(&name, Hash([3; 32])).unwrap();
    drop(inbox);
    let inbox = Inbox::open(folder.path()).unwrap();
    assert_eq!(inbox.dispute(&name).unwrap(), Some(Hash([3; 32])));
}

#[test]
fn an_inbox_is_one_process_s_and_says_what_it_cannot_read() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = Inbox::open(folder.path()).unwrap();
    assert!(Inbox::open(folder.path()).is_err());
    drop(inbox);
    let path = folder.path().join(format!("pending/{:020}-a.json", 1));
    fs::write(&path, "{}").unwrap();
    let error = Inbox::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains(&path.display().to_string()), "{error}");
}

#[test]
fn what_cannot_be_written_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut inbox = Inbox::open(folder.path()).unwrap();
    let pending = folder.path().join("pending");
    fs::rename(&pending, folder.path().join("away")).unwrap();
    assert!(inbox.take(&event("a"), 1).is_err());
    assert_eq!(inbox.pending(), []);
    fs::rename(folder.path().join("away"), &pending).unwrap();
    assert_eq!(inbox.take(&event("a"), 1).unwrap(), Taken::New);
}
