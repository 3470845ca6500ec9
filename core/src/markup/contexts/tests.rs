use super::*;

fn read(text: &str) -> Lexer {
    let mut lexer = Lexer::default();
    lexer.read(text);
    lexer
}

#[test]
fn contexts_are_told_apart() {
    use Context::{Comment, Doctype, Instruction, Namespace, Reference, StyleSheet, StyleValue, Tag, Text, Value};
    for (text, context) in [
        ("", Text),
        ("<", Tag),
        ("<re", Tag),
        ("<rect ", Tag),
        ("<rect fill=", Tag),
        ("<rect fill=\"", Value),
        ("<rect fill='a\" b", Value),
        ("<rect fill=\"a\"", Tag),
        ("<rect fill=\"a\">", Text),
        ("<rect fill=\"a\"/>", Text),
        ("</re", Tag),
        ("</rect>", Text),
        ("<svg xmlns=\"", Namespace),
        ("<svg xmlns:a = \"", Namespace),
        ("<svg a=\"b\" xmlns:x='http://a' c=\"", Value),
        ("<g style=\"", Value),
        ("<g style=\"fill:", StyleValue),
        ("<g style = 'fill:red;", Value),
        ("<g style=\"font-family:&quot;a;", StyleValue),
        ("<g style=\"font-family:&#34;a&#x22;;", Value),
        ("<g style=\"fill:\" b=\"", Value),
        ("<style a=\"b\">", StyleSheet),
        ("<s:style>.a{fill:", StyleValue),
        ("<style><![CDATA[.a{fill:", StyleValue),
        ("<style>.a{fill:red}</style>", Text),
        ("<style>.a{fill:<!-- } -->", StyleValue),
        ("<style/>", Text),
        ("<a><![CDATA[", Text),
        ("<a><![CDATA[ <b> ]] >", Text),
        ("<a><![CDATA[]]><b", Tag),
        ("<!-- <a b=\"", Comment),
        ("<!-- - -->", Text),
        ("<?xml version=\"", Instruction),
        ("<?a ?b?>", Text),
        ("a &", Reference),
        ("a &#3", Reference),
        ("a &amp;", Text),
        ("a & b", Text),
        ("<g a=\"&名", Reference),
        ("<!DOCTYPE", Doctype),
        ("<!DOCTYPE svg [", Doctype),
        ("<!DOCTYPE svg [<!ENTITY a \"]>", Doctype),
        ("<!DOCTYPE svg [<!-- ]> -->", Doctype),
        ("<!DOCTYPE svg [<?a ]> ?>", Doctype),
        ("<!DOCTYPE svg PUBLIC \"[>\" '[' [<!ENTITY a ']>'><!-- ' --><?b \" ?>] >", Text),
        ("<!DOCTYPE svg>", Text),
    ] {
        assert_eq!(read(text).context(), context, "{text}");
    }
    let long = "a".repeat(100);
    for (text, context) in [
        (format!("<{long}:style>"), StyleSheet),
        (format!("<{long}>"), Text),
        (format!("<a xmlns:{long}=\""), Namespace),
        (format!("<a {long}style=\""), Value),
    ] {
        assert_eq!(read(&text).context(), context, "{text}");
    }
    assert!(read("<a><![CDATA[b").is_in_cdata() && !read("<a><![CDATA[]]>").is_in_cdata());
    assert!(read("<a style=\"").is_in_style() && !read("<a style=\"\"").is_in_style() && read("<style>").is_in_style());
    assert_eq!((read("<a>").doctypes(), read("<!DOCTYPE a><a>").doctypes()), (0, 1));
}

#[test]
fn texts_that_may_replace_each_other_agree() {
    for (one, other) in [
        ("", "<g>"),
        ("<rect ", "<rect fill=\"red\""),
        ("<rect", "<rect x=\"1\" y=\"2\""),
        ("<style ", "<style media=\"a\""),
        ("<style>a{", "<style>a{fill:red"),
        ("<g style=\"", "<g style=\"fill:red;"),
        ("<rect fill=\"a", "<rect stroke=\"b"),
    ] {
        assert!(read(one).agrees_with(&read(other)) && read(other).agrees_with(&read(one)), "{one} {other}");
    }
    for (one, other) in [
        ("", "<!--"),
        ("", "<g"),
        ("<g a=\"", "<g a='"),
        ("<g a=\"", "<g xmlns=\""),
        ("<g a=\"", "<g style=\""),
        ("<g a=", "<g style="),
        ("<style>", "<style>/*"),
        ("<style>a{b:c", "<style>a{b:\\"),
        ("a", "a &"),
        ("", "<!DOCTYPE"),
        ("", "<![CDATA["),
    ] {
        assert!(!read(one).agrees_with(&read(other)) && !read(other).agrees_with(&read(one)), "{one} {other}");
    }
    let mut joined = read("<style>a{fill:red");
    joined.join(&read("<style>a{"));
    assert_eq!(joined.context(), Context::StyleSheet);
}
