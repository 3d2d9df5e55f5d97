use super::*;

const DOCUMENT: &str = r#"
# A project

```console
$ not in the tour
```

## A five-minute Tour

Words.

```console
$ export GREETING=hello
$ echo $GREETING; echo $GREETING >&2
hello
hello
$ echo one \
>   two
one two
```

```text
$ no transcript
```

### In a folder

```console
$ mkdir -p inside && cd inside && pwd
…/inside
$ ( exit 3 )  # exit 3
$ seq 1 5
1
…
5
```

## After it

```console
$ not in the tour either
```
"#;

fn run_document(document: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let mut shell = Shell::new(folder.path(), scratch.path(), &[("NO_COLOR", "1")]);
    let differences = run(&steps(document, "tour"), &mut shell);
    differences.iter().map(ToString::to_string).collect()
}

#[test]
fn only_the_transcripts_below_the_heading_are_taken() {
    let steps = steps(DOCUMENT, "tour");
    let commands: Vec<_> = steps.iter().map(|step| step.command.as_str()).collect();
    assert_eq!(
        commands,
        [
            "export GREETING=hello",
            "echo $GREETING; echo $GREETING >&2",
            "echo one \\\n  two",
            "mkdir -p inside && cd inside && pwd",
            "( exit 3 )  # exit 3",
            "seq 1 5",
        ]
    );
    assert_eq!(steps[4].exit, 3);
    assert_eq!(steps[2].expected, ["one two"]);
    assert_eq!(steps[0].line, 13);
}

#[test]
fn a_document_that_is_true_has_no_differences() {
    assert_eq!(run_document(DOCUMENT), Vec::<String>::new());
}

#[test]
fn every_untruth_is_named_with_its_line() {
    let wrong = DOCUMENT
        .replace("$ seq 1 5\n1\n", "$ seq 1 5\n2\n")
        .replace("# exit 3", "# exit 4");
    let differences = run_document(&wrong);
    assert_eq!(differences.len(), 2, "{differences:?}");
    assert!(differences[0].contains("exit code 3, the document says 4"));
    assert!(differences[1].contains("expected: 2\nprinted:  1"));
    assert!(differences[1].starts_with("line "));
}

#[test]
fn a_command_that_ends_the_shell_is_a_difference() {
    let document = "# Tour\n```console\n$ exit 0\n$ echo never\nnever\n```\n";
    let differences = run_document(document);
    assert_eq!(differences.len(), 2, "{differences:?}");
    assert!(differences[0].contains("exit code -1"));
}

#[test]
fn a_document_without_a_tour_has_no_steps() {
    assert!(steps("# Nothing\n```console\n$ echo no\n```\n", "tour").is_empty());
}
