//! Programs of every construct of the language, as nobody would lay them out: items in any order, with any texts and any
//! queries in them. `tests/fmt.rs` shows that no word of the language is missing here.

use proptest::prelude::*;

/// What all the others read. `@t` is any text, `@q` any query that an indicator may have, `@c` any comment.
pub const BASE: &str = r##"project shop { folder "@t", every 30s, scrape 15s, grafana version 11
runbooks "https://runbooks.example.com", grafana "https://grafana.example.com", secrets "/run/secrets", external cluster, place
off W0423, warn W0442, note W0403, error W0440
emit kubernetes namespace "slo" labels "a=b", "c=d"
emit victoria { namespace "slo" }
emit mimir rules 20 groups 100000 tenants "a", "b" align split
emit cortex groups 100000
emit thanos partial warn replica "replica"
emit terraform, emit openslo, emit backstage, emit perses project "slo"
emit json
shards 3 }
datasource prom prometheus "http://prom:9090" default every 15s timeout 30s method GET cache high incremental { exemplars trace_id -> tempo }
datasource loki loki "http://loki:3100" lines 1000 user "u" password env(P) { field trace matching "trace=(\\w+)" -> tempo }
datasource tempo tempo "http://tempo:3200" graph { logs by job,pod -> loki
metrics by job -> prom { query "@t" sum(rate(orders_total{$__tags}[5m]))
}
map -> prom }
datasource jaeger jaeger "http://jaeger:16686" token env(T)
datasource db postgres "postgres:5432" database "shop" user "u" password env(P) version 15 tls verify-full connections 5
team boss
team shop "@t" { contact mail
page oncall
slack "#shop" }
contact oncall pagerduty key env(KEY)
contact mail email to "a@example.com", "b@example.com" from "c@example.com" server "smtp.example.com:587" user "u" password env(PASS)
metrics { counter orders_total{job,code=~"[1-5].."} "@t", histogram wait_seconds{job,handler} buckets 100ms 300ms 1s
 histogram rpc_seconds{job} native
gauge heat{gpu} celsius normal 30 to 75 "@t"
 gauge breaker{job} in 0,0.5,1
info build_info{version,app}
counter hits_total
summary lag_seconds, stateset phase{phase} }
policy quiet { page 2% of budget in 1h confirmed over 5m, ticket 1x burn over 3d confirmed over 6h for 1h }
"##;

/// Items of a program, each sound beside the others.
pub const ITEMS: [&str; 14] = [
    "contact notices slack url env(URL) channel \"#alerts\"\n",
    "contact chat slack token env(TOKEN) channel \"#chat\"\n",
    "contact hook webhook url \"https://hook.example.com\" token env(TOKEN)\n",
    "route { severity page, critical -> oncall\nteam shop severity warning, info -> mail @c\notherwise -> mail\nwait 30s, gather 5m, repeat 4h } policies\n",
    "folder \"@t!\" { view everyone @c\nedit shop\nadmin boss }\n",
    "template http(job, share = 99.9%, slow = 300ms) { slo answers $share over 30d { about \"Of $job: @t, $slow\", errors orders_total{job=\"$job\",code=~\"5..\"}\n total orders_total{job=\"${job}\"} }\n}\nservice search { use http(job = \"search\",\n  slow = 1s) @c\n}\n",
    "environment staging { labels { env = \"@t\" }, datasource prom \"http://staging:9090\" @c\ncart.orders 99% over 7d { page off, ticket { a = \"@t\" } }\nroute off, runbooks \"https://staging.example.com\" }\n",
    "test \"@t.\" { every 1m\nseries orders_total{job=\"x\",code=\"500\"} 0/min for 10m, +50/min for 10m, gone for 5m\nseries heat{gpu=\"0\"} 85 celsius for 25m, -1/s for 5m @c\nexpect silent cart.orders between 1m and 9m\nexpect ticket cart.orders\n}\n",
    "dashboard plain \"@t1\" { about \"@t\", folder \"@t\", tags shop,team\nrefresh off, range 6h, pick 1h,6h, 24h @c\nvariable region \"@t\" from label_values(orders_total{job=\"x\"},job) many,all\nvariable tier in free,pro default free\nvariable step every 1m,5m auto\nvariable source datasource prometheus default prom\nvariable find text \"@t\"\nvariable match from label_values(orders_total,code) matching \"a.*\"\nmark deploys \"@t {app}\" purple from changes(build_info[5m])>0 @c\nlink \"@t\" \"https://handbook.example.com\", link tag team \"@t\"\nrow \"@t\" collapsed repeat region { timeseries \"a@t\" wide tall { query \"p {job}\" sum by(job)(rate(orders_total{job=~\"$region\",code=~\"$tier|$match|$find\"}[$step]))\nwarn above 1/s, bad above 2/s in \"p {job}\", stacked, detailed, points, filled, log\nopen dashboard plain as \"@t\" @c\n}\nstat \"b@t\" half { query sum(increase(orders_total[$__range]))\nunit \"orders\", background, decimals 2, none \"@t\", orange above 5, word 1 \"@t\" red }\n}\n}\n",
    "dashboard kinds \"@t2\" { gauge \"a@t\" quarter { query avg(heat)\nyellow above 70 celsius, red above 90 celsius, min 0, max 100 }\nbars \"b@t\" third { query sum by(job)(rate(orders_total[5m]))\n}\nbarchart \"c@t\" { query sum by(code)(increase(orders_total[$__range]))\nstacked }\ntable \"d@t\" { query \"One\" topk(10,sum by(code)(rate(orders_total[5m])))\ncolumn code \"@t\", green above 1/s in \"One\", sky above 2/s, blue above 3/s, purple above 4/s, grey above 5/s }\nheatmap \"e@t\" { query sum by(le)(increase(wait_seconds_bucket[$__rate_interval]))\n}\npie \"f@t\" { query sum by(code)(increase(orders_total[$__range])) @c\ndonut }\nstate \"g@t\" { query breaker\nrange 30d, step 5m }\ntext \"h@t\" { markdown \"\"\"\n  # @t\n\n    * deeper\n\"\"\" }\nalerts \"i@t\" { service cart }\n}\n",
    "dashboard others \"@t3\" { variable version from db sql \"SELECT 1\"\nlogs \"a@t\" from loki { logql {app=\"x\"}  |=  \"$version\" | json\n}\ntraces \"b@t\" from tempo { traceql { span.http.status >= 500 }\n}\ntraces \"c@t\" from jaeger { search \"cart\" \"GET /\" }\ntraces \"d@t\" from tempo { trace \"$version\" }\ntable \"e@t\" from db { sql \"\"\"\n SELECT @c\n   1\n\"\"\", unit ms }\n}\n",
    "metrics open\n",
    "service third { naming pyrra { generic, prometheus3 }\nslo a 99% over 30d { errors orders_total{code=\"500\"}\ntotal orders_total\nnamed { absent off, performance, severity { fast = \"@t\" } } @c\n}\n}\n",
    "service other { naming sloth { name \"x\", version \"v1\", mode \"cli\", spec \"s/v1\", period events }\nslo a 99.9% over 30d { errors sum(rate(orders_total{code=\"500\"}[$window]))\ntotal sum(rate(orders_total[$window]))\nnamed { name \"n\", alert \"A\", labels { a = \"@t\" }, annotations { b = \"@t\" }, page { c = \"@t\" }, ticket { d = \"@t\" } }\n}\nrules \"node\" every 1m { record a:b:c { expr sum by(job)(orders_total)\nlabels { source = \"@t\" } @c\n}\nalert \"Busy\" { expr a:b:c>10\nfor 15m, keep 5m, labels { severity = \"x\" }, annotations { summary = \"@t\" } }\n}\n}\n",
];

/// What may stand in the service `cart`.
pub const PARTS: [&str; 13] = [
    "slo month 99% over calendar month in \"Europe/Berlin\" { errors orders_total{code=\"500\"}\ntotal orders_total }\n",
    "slo fast 99% over 30d { histogram wait_seconds{job=\"x\"} within 300ms }\n",
    "slo native 99% over 30d by job { histogram rpc_seconds within 300ms, policy quiet }\n",
    "slo bounces 99% over 7d { ratio (@q) / (@q)\n}\n",
    "slo up 99.9% over 30d { up up{job=\"db\"}\nno-traffic bad, page { channel = \"@t\", zone = \"x\" } @c\nticket off }\n",
    "slo queue 99% over 30d { value max(heat)\ngood below 80 each 1m, runbook \"\"\"\n  1. @t\n\n       deeper\n \"\"\" }\n",
    "slo between 99% over 30d { value max(heat)\ngood between 10 and 80, no-traffic ignore }\n",
    "slo all 99% over 30d { all of cart.orders,  cart.orders2 }\nslo orders2 99% over 30d { errors orders_total{code=\"500\"}\n total orders_total }\n",
    "slo mean 99% over 30d { weighted { cart.orders 3 @c\ncart.counted 1 } }\nslo counted 99% over 30d { good orders_total{code=\"200\"}\ntotal orders_total\nat-least 100 events per 1h, traffic 1000/min, exclude when breaker == 1\nno-traffic good }\n",
    "alert hot { value heat\nwarning above 80 celsius for 10m @c\ncritical above 90 celsius for 5m, keep 5m, summary \"{gpu}: {value} @t\", impact \"@t\", runbook \"\"\"\n  1. @t\n\"\"\" }\n",
    "alert cold { value heat\ninfo below 5 for 1m, labels { a = \"@t\" } }\nalert odd { value heat\n warning outside 10 and 90 }\n",
    "alert open { when breaker==1 @c\ncritical }\n",
    "slo sums 99.5% over 28d { errors @q\ntotal @q\nabout \"@t\" }\n",
];

/// Programs of some of these, in any order.
pub fn programs(query: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let texts = prop::collection::vec("[ a-zA-Z0-9é🚪.,;:'()*+-]{0,20}", 40);
    let queries = prop::collection::vec(query, 4);
    let comments = prop::collection::vec(prop::sample::select(vec!["", "", "# why", "#tight", "# \"q\" { } é🚪"]), 30);
    let some = |from: &[&'static str]| prop::sample::subsequence(from.to_vec(), 0..=from.len()).prop_shuffle();
    (some(&ITEMS), some(&PARTS), texts, queries, comments)
        .prop_map(|(items, parts, texts, queries, comments)| program(&items, &parts, &texts, &queries, &comments))
}

/// The program of these items and parts.
pub fn program(items: &[&str], parts: &[&str], texts: &[String], queries: &[String], comments: &[&str]) -> String {
    let orders = "slo orders 99.9% over 30d { errors orders_total{code=~\"5..\"}\ntotal orders_total }\n";
    let parts = parts.concat();
    let cart =
        format!("service cart {{ title \"@t\", owner shop, tier 1, labels {{ a = \"@t\" }} @c\n{orders}{parts}}}\n");
    filled(&format!("{BASE}{}{cart}", items.concat()), texts, queries, comments)
}

/// A text with something in place of each mark, one after the other.
fn filled(text: &str, texts: &[String], queries: &[String], comments: &[&str]) -> String {
    let mut parts = text.split('@');
    let mut out = parts.next().unwrap().to_string();
    for (number, part) in parts.enumerate() {
        let (mark, rest) = part.split_at(1);
        match mark {
            "t" => out += texts[number % texts.len()].trim(),
            "q" => out += &queries[number % queries.len()],
            "c" => out += comments[number % comments.len()],
            // An address.
            _ => out += &format!("@{mark}"),
        }
        out += rest;
    }
    out
}

/// Queries of every shape, valid where an SLI stands.
pub fn query() -> impl Strategy<Value = String> {
    let name = || {
        prop::sample::select(vec![
            "up",
            "http_requests_total",
            "a:b:c",
            "total",
            "good",
            "by",
            "job:requests:rate5m_with_a_long_name",
        ])
    };
    let matchers = prop::collection::vec(
        (
            prop::sample::select(vec!["job", "code", "le", "on", "handler"]),
            prop::sample::select(vec!["=", "!=", "=~", "!~"]),
            "[a-z.|/ #{}()]{0,20}",
        ),
        0..5,
    );
    let matcher = |(label, op, value): (&str, &str, String)| {
        format!("{label}{op}\"{}\"", value.replace(['(', ')', '{', '}'], ""))
    };
    let selector = (name(), matchers).prop_map(move |(name, matchers)| {
        let inner = matchers.into_iter().map(matcher).collect::<Vec<_>>().join(",");
        if inner.is_empty() { name.to_string() } else { format!("{name}{{{inner}}}") }
    });
    let leaf = prop_oneof![
        (selector, prop::sample::select(vec!["rate", "increase"])).prop_map(|(s, f)| format!("{f}({s}[$window])")),
        Just("1".to_string()),
        Just("-0.5".to_string()),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["", " by (job)", " without (instance, le)"]))
                .prop_map(|(e, by)| format!("sum{by}({e})")),
            (
                inner.clone(),
                inner.clone(),
                prop::sample::select(vec![
                    "+",
                    "-",
                    "*",
                    "/",
                    "^",
                    " and ",
                    " or ",
                    " unless ",
                    " > bool ",
                    "== ",
                    " * on (job) group_left "
                ])
            )
                .prop_map(|(a, b, op)| format!("{a} {op} {b}")),
            inner.clone().prop_map(|e| format!("({e})")),
            inner.clone().prop_map(|e| format!("clamp_min({e},1)")),
            inner.clone().prop_map(|e| format!("label_replace({e}, \"a\", \"$1\", \"b\", \"(.*)\")")),
            inner.prop_map(|e| format!("max_over_time(({e})[1h:5m] offset 5m)")),
        ]
    })
}
