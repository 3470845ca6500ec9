//! External faults: unusable pictures, WeChat errors, and secrets that must not leak.

use std::thread;

use haibao::wechat::emulator::{Fault, On, Options, Pages, SAMPLE_SECRET};
use serde_json::{Value, json};

use crate::support::{Pictures, Service, TEMPLATE, errors, payload, scaffold_with, send, workspace};

fn poster(id: &str) -> Value {
    json!({ "template": TEMPLATE, "params": { "title": "标题", "id": id } })
}

fn with_photo(url: &str) -> Value {
    json!({ "template": TEMPLATE, "params": { "title": "标题", "photo": url } })
}

#[test]
fn unusable_photos_are_reported_with_their_parameter() {
    let pictures = Pictures::start();
    let service = pictures.service(workspace(), &[("HAIBAO_ASSETS__TIMEOUT_MS", "2000")]);
    let cases = [
        ("page.html", 502, "asset_not_a_picture"),
        ("cut.jpg", 422, "picture_broken"),
        ("dot.png", 422, "picture_small"),
        ("wide.png", 422, "picture_large"),
        ("bomb.png", 422, "picture_large"),
        ("text.txt", 422, "picture_format"),
        ("none.jpg", 502, "asset_status"),
        ("slow.jpg", 504, "asset_timeout"),
    ];
    for (name, status, code) in cases {
        let problem = service.post(&with_photo(&pictures.url(name))).problem(status, code);
        assert_eq!(errors(&problem), [(code, "/params/photo")], "{name}: {problem:#}");
        assert!(problem["hint"].is_string() || problem["errors"][0]["hint"].is_string(), "{name}: {problem:#}");
    }
    for url in ["http://169.254.169.254/latest", "http://[::1]:1/", "http://127.1/", "http://localhost:1/a.jpg"] {
        let problem = service.post(&with_photo(url)).problem(422, "asset_refused");
        assert_eq!(errors(&problem), [("asset_refused", "/params/photo")], "{url}: {problem:#}");
    }
    for text in ["data:image/png;base64,!!!", "ftp://example.com/a.jpg", "no-such-file.jpg"] {
        let problem = service.post(&with_photo(text)).json();
        assert_eq!(errors(&problem)[0].1, "/params/photo", "{text}: {problem:#}");
    }
    service.post(&with_photo(&pictures.url("good.jpg"))).poster();
}

#[test]
fn an_optional_photo_that_fails_yields_a_poster_with_a_finding() {
    let pictures = Pictures::start();
    let folder = workspace();
    let layer = "\"src\": \"{{photo}}\"";
    let hide = format!("{layer}, \"on_error\": \"hide\"");
    scaffold_with(folder.path(), "hide", "layout.json", layer, &hide);
    let fallback = format!("{layer}, \"on_error\": \"fallback\", \"fallback\": \"replacement.png\"");
    scaffold_with(folder.path(), "fallback", "layout.json", layer, &fallback);
    let replacement = image::RgbImage::from_pixel(20, 20, image::Rgb([1, 200, 3]));
    replacement.save(folder.path().join("templates/fallback/replacement.png")).expect("a file");
    let service = pictures.service(folder, &[]);
    // A missing file, and a file that is not a picture.
    for name in ["none.jpg", "text.txt"] {
        let mut seen = Vec::new();
        for template in ["hide", "fallback"] {
            let mut request = json!({ "template": template, "params": { "title": "x", "photo": pictures.url(name) } });
            let response = service.post(&request);
            let poster = image::load_from_memory(response.poster()).expect("a PNG").to_rgb8();
            assert_eq!(response.header("x-haibao-findings"), "1", "{template} {name}");
            seen.push(poster.get_pixel(375, 375).0);
            request["strict"] = json!(true);
            let problem = service.post(&request).problem(422, "findings");
            assert_eq!(errors(&problem)[0].1, "/params/photo", "{problem:#}");
        }
        assert!(seen[0] != [1, 200, 3] && seen[1] == [1, 200, 3], "{name}: {seen:?}");
    }
}

#[test]
fn a_layer_limits_the_wait_for_its_picture() {
    let pictures = Pictures::start();
    let folder = workspace();
    let layer = "\"src\": \"{{photo}}\"";
    let brief = format!("{layer}, \"timeout_ms\": 300");
    scaffold_with(folder.path(), "fail", "layout.json", layer, &brief);
    let hide = format!("{brief}, \"on_error\": \"hide\"");
    scaffold_with(folder.path(), "hide", "layout.json", layer, &hide);
    let service = pictures.service(folder, &[]);
    let request =
        |template| json!({ "template": template, "params": { "title": "x", "photo": pictures.url("slow.jpg") } });
    let response = service.post(&request("hide"));
    response.poster();
    // With more time, it would have the picture, which the host sends after 5 s.
    assert_eq!(response.header("x-haibao-degraded"), "true");
    let problem = service.post(&request("fail")).problem(504, "asset_timeout");
    assert_eq!(errors(&problem), [("asset_timeout", "/params/photo")], "{problem:#}");
    assert!(problem.to_string().contains("300 ms"), "{problem:#}");
}

#[test]
fn transient_wechat_faults_are_retried() {
    let service = Service::start();
    let faults = [Fault::TokenRejected, Fault::TokenStolen, Fault::Busy, Fault::Reset, Fault::ImageAsJson];
    for (i, fault) in faults.into_iter().enumerate() {
        service.wechat.fault(fault);
        let id = format!("r{i}");
        assert_eq!(payload(service.post(&poster(&id)).poster()).scene, format!("id={id}"), "{fault:?}");
    }
}

#[test]
fn wechat_failures_are_explained_and_not_cached() {
    // Three fifths of it suffice for a picture, also on a busy machine.
    let service = Service::set(&[("HAIBAO_WECHAT__TIMEOUT_MS", "5000")]);
    let cases = [
        (Fault::Busy, &[502, 503][..], "wechat_busy"),
        (Fault::BadGateway, &[502], "wechat_status"),
        (Fault::Truncated, &[502], "wechat_bad_answer"),
        (Fault::EmptyBody, &[502], "wechat_bad_answer"),
        (Fault::ErrorAsImage, &[502, 503], "wechat_busy"),
        (Fault::HugeBody, &[502], "wechat_bad_answer"),
        (Fault::Stall, &[504], "wechat_timeout"),
    ];
    for (fault, statuses, code) in cases {
        service.wechat.fault(fault.always());
        let response = service.post(&poster("1"));
        assert!(statuses.contains(&response.status), "{fault:?}: {} {}", response.status, response.text());
        let problem = response.problem(response.status, code);
        assert_eq!(errors(&problem), [(code, "/code")], "{fault:?}: {problem:#}");
        service.wechat.clear_faults();
    }
    assert_eq!(payload(service.post(&poster("1")).poster()).scene, "id=1");
}

#[test]
fn permanent_refusals_are_not_retried() {
    for (fault, status, code) in [(Fault::TokenRejected, 502, "wechat_token"), (Fault::Quota, 429, "wechat_quota")] {
        let service = Service::start();
        service.wechat.fault(fault.always());
        service.post(&poster("1")).problem(status, code);
        let calls = service.wechat.counters();
        let response = service.post(&poster("2"));
        response.problem(status, code);
        assert!(
            response.header("retry-after").parse::<u64>().is_ok_and(|s| (1..=60).contains(&s)),
            "{}",
            response.text()
        );
        assert_eq!(service.wechat.counters(), calls, "{fault:?}: another request was sent to WeChat");
    }
}

#[test]
fn wechat_refusals_are_explained_by_errcode() {
    let pages = Pages::Only(vec!["pages/other/other".into()]);
    let service = Service::with(&[], Options { pages, ..Options::default() }, workspace());
    let problem = service.post(&poster("1")).problem(502, "wechat_request");
    assert!(problem["detail"].as_str().is_some_and(|d| d.contains("41030")), "{problem:#}");
    assert!(problem["hint"].as_str().is_some_and(|h| h.contains("page")), "{problem:#}");

    let service = Service::set(&[("HAIBAO_APPS__DEFAULT__SECRET", "00000000000000000000000000000000")]);
    let problem = service.post(&poster("1")).problem(502, "wechat_credential");
    assert!(problem["detail"].as_str().is_some_and(|d| d.contains("40125")), "{problem:#}");
}

#[test]
fn concurrent_posters_carry_their_own_codes() {
    let service = Service::start();
    let service = &service;
    thread::scope(|scope| {
        for worker in 0..8 {
            scope.spawn(move || {
                for i in 0..6 {
                    let id = format!("w{worker}i{i}");
                    let png = service.post(&poster(&id));
                    assert_eq!(payload(png.poster()).scene, format!("id={id}"));
                }
            });
        }
    });
    let counters = service.wechat.counters();
    assert_eq!((counters.token_calls, counters.code_calls), (1, 48), "one token, each code once: {counters:?}");
}

#[test]
fn secrets_and_tokens_are_in_no_output() {
    let service = Service::set(&[("HAIBAO_LOG", "trace"), ("HAIBAO_WECHAT__TIMEOUT_MS", "3000")]);
    let request = json!({ "grant_type": "client_credential", "appid": "wx0123456789abcdef", "secret": SAMPLE_SECRET });
    let json = [("Content-Type", "application/json")];
    let response =
        send(service.wechat.addr(), "POST", "/cgi-bin/stable_token", &json, request.to_string().as_bytes()).json();
    let token = response["access_token"].as_str().expect("a token");

    let mut output = String::new();
    service.post(&poster("1")).poster();
    for fault in [Fault::BadGateway.always(), Fault::Stall.always(), Fault::TokenRejected.always()] {
        service.wechat.fault(fault);
        output += &service.post(&poster("2")).text();
        service.wechat.clear_faults();
        service.wechat.fault(fault.on(On::Token));
        output += &service.post(&poster("3")).text();
        service.wechat.clear_faults();
    }
    assert!(service.log().contains("wechat"), "the log is at trace level: {}", service.log());
    output += &service.log();
    for (what, secret) in [("the secret", SAMPLE_SECRET), ("the token", token)] {
        assert!(!output.contains(secret), "{what} is in the output");
    }
}
