//! Integers that numbers of JSON cannot hold.

use super::*;

fn orders() -> Schema {
    schema(json!({
        "type": "object",
        "properties": {
            "id": { "type": "integer", "title": "订单号" },
            "text": { "type": "string" },
            "fen": { "type": "integer", "format": "money" },
            "any": {},
            "list": { "type": "array", "items": { "type": "object", "properties": { "n": { "type": "number" } } } }
        }
    }))
}

fn parsed(text: &str) -> Value {
    crate::json::from_slice(text.as_bytes()).expect("JSON")
}

#[test]
fn integers_of_64_bits_keep_their_digits() {
    for digits in ["18446744073709551615", "9223372036854775808", "-9223372036854775808", "9007199254740993"] {
        let filled = orders().check(&parsed(&format!("{{\"id\": {digits}}}"))).expect("valid");
        assert_eq!(filled["id"].to_string(), digits);
    }
}

#[test]
fn longer_integers_are_refused_where_they_are() {
    for digits in ["123456789012345678901", "18446744073709551616", "-9223372036854775809", "1e19"] {
        let params = format!(
            "{{\"id\": {digits}, \"any\": [{digits}], \"list\": [{{\"n\": 1}}, {{\"n\": {digits}}}], \"fen\": {digits}}}"
        );
        let all = found(&orders(), parsed(&params));
        let mut pointers: Vec<&str> = all.iter().map(|(_, pointer, ..)| pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["/any/0", "/fen", "/id", "/list/1/n"], "{digits}");
        let (kind, _, message, hint) = all.iter().find(|(_, pointer, ..)| pointer == "/id").expect("a violation");
        assert_eq!(*kind, ViolationKind::Invalid);
        assert!(message.starts_with("订单号: number ") && message.contains("64 bits"), "{message}");
        assert!(hint.as_deref().is_some_and(|hint| hint.starts_with("send it as a string")), "{hint:?}");
    }
    let all = found(&orders(), parsed("{\"text\": 123456789012345678901}"));
    assert_eq!(all.len(), 1, "the schema says it: {all:?}");
    assert!(all[0].2.contains("expected string"), "{all:?}");
}

#[test]
fn defaults_lose_no_digits() {
    let params = parsed(
        "{\"type\": \"object\", \"properties\": {\"id\": {\"type\": \"integer\", \"default\": 123456789012345678901}}}",
    );
    let faults = Schema::compile(params.as_object().expect("an object"), Arc::default()).expect_err("a fault");
    let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/properties/id/default"]);
}
