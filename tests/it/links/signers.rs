//! The signing functions of docs/links.md, run against the test vectors.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

const DOCUMENT: &str = include_str!("../../../docs/links.md");
const VECTORS: &str = include_str!("../../vectors/links.json");

/// The first code block of a language.
fn code(language: &str) -> &'static str {
    let (_, rest) = DOCUMENT.split_once(&format!("```{language}\n")).expect("a code block");
    rest.split_once("\n```").expect("its end").0
}

/// Runs a program in a folder, and compares the lines that it prints: the links of the vectors, and `refused` for everything
/// else that it tries.
fn check(folder: &Path, program: &[&str]) {
    let output = Command::new(program[0])
        .args(&program[1..])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("{} is needed by this test, tests/run installs it: {e}", program[0]));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let file: Value = serde_json::from_str(VECTORS).expect("JSON");
    let vectors = file["vectors"].as_array().expect("a list");
    let lines: Vec<_> = printed.lines().collect();
    let (links, others) = lines.split_at(vectors.len().min(lines.len()));
    assert_eq!(links.len(), vectors.len(), "{printed}");
    for (link, vector) in links.iter().zip(vectors) {
        assert_eq!(*link, vector["link"].as_str().expect("a link"), "{}", vector["name"]);
    }
    assert!(others.len() > file["refused"].as_array().expect("a list").len(), "{printed}");
    assert!(others.iter().all(|line| *line == "refused"), "{others:?}");
}

/// A folder with the vectors and programs.
fn folder(files: &[(&str, String)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("links.json"), VECTORS).expect("a file");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

#[test]
fn node() {
    let main = "const file = JSON.parse(require('fs').readFileSync('links.json'))\n\
        for (const v of file.vectors) {\n  const poster = { ...v.poster, code: v.poster.code, strict: v.poster.strict }\n  \
        console.log(link(poster, v.expires_at, file.key, file.secret))\n}\n\
        const others = [undefined, NaN, Infinity, 1n, new Date(), new Map(), () => 1, Symbol('a'), [undefined], '\\ud800']\n\
        for (const value of [...file.refused, ...others]) {\n  let line = 'refused'\n  \
        try { line = link({ params: { a: [value] } }, 0, file.key, file.secret) } catch {}\n  console.log(line)\n}\n";
    check(folder(&[("main.js", format!("{}\n{main}", code("js")))]).path(), &["node", "main.js"]);
}

#[test]
fn python() {
    let main = "file = json.load(open('links.json', encoding='utf-8'))\n\
        for v in file['vectors']:\n    print(link(v['poster'], v['expires_at'], file['key'], file['secret']))\n\
        others = [float('nan'), float('inf'), b'a', {1: 1}, {1, 2}, object(), '\\ud800']\n\
        for value in file['refused'] + others:\n    try:\n        \
        print(link({'params': {'a': [value]}}, 0, file['key'], file['secret']))\n    \
        except (TypeError, ValueError):\n        print('refused')\n";
    check(folder(&[("main.py", format!("{}\n{main}", code("python")))]).path(), &["python3", "main.py"]);
}

#[test]
fn php() {
    let main = "$file = json_decode(file_get_contents('links.json'), true);\nforeach ($file['vectors'] as $v) {\n    \
        echo signed_link($v['poster'], $v['expires_at'], $file['key'], $file['secret']), \"\\n\";\n}\n\
        foreach ([...$file['refused'], NAN, INF, PHP_INT_MIN, new DateTime(), \"\\xff\"] as $value) {\n    \
        try {\n        echo signed_link(['params' => ['a' => [$value]]], 0, $file['key'], $file['secret']), \"\\n\";\n    \
        } catch (Throwable) {\n        echo \"refused\\n\";\n    }\n}\n";
    check(folder(&[("main.php", format!("<?php\n{}\n{main}", code("php")))]).path(), &["php", "main.php"]);
}

#[test]
fn go() {
    let main = r#"package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
)

func main() {
	var file struct {
		Key, Secret string
		Vectors     []struct {
			Poster    map[string]any
			ExpiresAt int64 `json:"expires_at"`
		}
		Refused []any
	}
	text, _ := os.ReadFile("links.json")
	if err := json.Unmarshal(text, &file); err != nil {
		panic(err)
	}
	for _, v := range file.Vectors {
		link, err := Link(v.Poster, v.ExpiresAt, file.Key, file.Secret)
		if err != nil {
			panic(err)
		}
		fmt.Println(link)
	}
	for _, value := range append(file.Refused, math.NaN(), math.Inf(1), func() {}, "\xff", int64(1)<<53) {
		link, err := Link(map[string]any{"params": map[string]any{"a": []any{value}}}, 0, file.Key, file.Secret)
		if err != nil {
			link = "refused"
		}
		fmt.Println(link)
	}
}
"#;
    let folder = folder(&[("links.go", code("go").to_owned()), ("main.go", main.to_owned())]);
    check(folder.path(), &["go", "run", "links.go", "main.go"]);
}

#[test]
fn java() {
    let file: Value = serde_json::from_str(VECTORS).expect("JSON");
    let line = |vector: &Value| {
        let (poster, expires_at) = (literal(&vector["poster"]), &vector["expires_at"]);
        let (key, secret) = (literal(&file["key"]), literal(&file["secret"]));
        format!("        System.out.println(Links.link({poster}, {expires_at}L, {key}, {secret}));\n")
    };
    let lines: String = file["vectors"].as_array().expect("a list").iter().map(line).collect();
    let refused: Vec<_> = file["refused"].as_array().expect("a list").iter().map(literal).collect();
    let others =
        "Double.NaN, Float.POSITIVE_INFINITY, Long.MIN_VALUE, new Date(), new int[1], 'a', \"\\ud800\", Map.of(1, 1)";
    let tries = format!(
        "        for (Object value : new Object[] {{{}, {others}}}) {{\n            String line = \"refused\";\n            \
         try {{ line = Links.link(map(\"params\", map(\"a\", Arrays.asList(value))), 0, \"a\", \"b\"); }}\n            \
         catch (IllegalArgumentException | ClassCastException e) {{}}\n            System.out.println(line);\n        }}\n",
        refused.join(", ")
    );
    let main = format!(
        "class Main {{\n    static Map<String, Object> map(Object... all) {{\n        \
         Map<String, Object> map = new LinkedHashMap<>();\n        \
         for (int i = 0; i < all.length; i += 2) map.put((String) all[i], all[i + 1]);\n        return map;\n    }}\n    \
         public static void main(String[] none) throws Exception {{\n{lines}{tries}    }}\n}}\n"
    );
    // The class that comes first has the main method.
    let text = code("java").replacen("class Links {", &format!("{main}\nclass Links {{"), 1);
    check(folder(&[("Main.java", text)]).path(), &["java", "Main.java"]);
}

/// A JSON value as a Java expression.
fn literal(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<_> =
                members.iter().map(|(k, v)| format!("{}, {}", Value::from(k.as_str()), literal(v))).collect();
            format!("map({})", members.join(", "))
        }
        Value::Array(all) => format!("Arrays.asList({})", all.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Number(number) if number.is_f64() => number.to_string(),
        Value::Number(number) => format!("{number}L"),
        other => other.to_string(),
    }
}
