#!/usr/bin/env python3
"""Writes projects of any size: `specs.py DIR --slos N [--shape SHAPE] [--metrics M] [--per-file K]`.

mixed    services of the shape of `specs/`: five objectives of five kinds, a composite, two alerts, a catalog; the page
         and the runbooks follow from them
plain    ten objectives of errors and total per service: the shape that other generators know
one      the services of `plain`, all in one file
single   the objectives of `plain`, each in a service and a file of its own
"""

import argparse
import os

PLAIN = """\
  slo requests-{n} 99.9% over 30d {{
    about   "Requests of kind {n} are answered without a server error."
    errors  http_requests_total{{job="{job}", kind="{n}", code=~"5.."}}
    total   http_requests_total{{job="{job}", kind="{n}"}}
  }}
"""

MIXED = """\
  slo availability 99.9% over 30d by region {{
    about   "Requests are answered without a server error."
    errors  http_requests_total{{job="{job}", code=~"5.."}}
    total   http_requests_total{{job="{job}"}}
    runbook \"\"\"
      1. Look at **errors by handler** on the dashboard.
      2. Roll back if a deploy stands within the last hour.
    \"\"\"
  }}

  slo latency 99% over 30d {{
    about      "A request is answered within 300 ms."
    histogram  http_request_duration_seconds{{job="{job}"}} within 300ms
  }}

  slo database 99.95% over 28d {{
    about  "The database answers."
    up     up{{job="{job}-db"}}
  }}

  slo queue 99% over 30d {{
    about  "The queue stays short."
    value  max(queue_length{{job="{job}"}})
    good   below 500 each 1m
  }}

  slo mails 99% over 30d {{
    about  "Mails are delivered."
    ratio  sum(rate(bounces_total{{job="{job}"}}[$window])) / sum(rate(mails_total{{job="{job}"}}[$window]))
  }}

  alert pool-exhausted {{
    value     pool_in_use{{job="{job}"}} / pool_size{{job="{job}"}}
    warning   above 80% for 10m
    critical  above 90% for 5m
    summary   "Pool on {{instance}} is {{value}} full"
    impact    "New requests wait, then fail."
  }}

  alert breaker-open {{
    when      breaker_state{{job="{job}"}} == 1
    critical  for 1m
    summary   "Circuit breaker of {{job}} is open"
  }}
"""

CATALOG = """\
metrics {
  counter    http_requests_total{job, region, handler, kind, code}
  histogram  http_request_duration_seconds{job, handler}  buckets 50ms 100ms 300ms 1s
  gauge      up{job, instance}  in 0, 1
  gauge      queue_length{job}
  counter    bounces_total{job}
  counter    mails_total{job}
  gauge      pool_in_use{job, instance}
  gauge      pool_size{job, instance}
  gauge      breaker_state{job}  in 0, 0.5, 1
"""

PROJECT = """\
project acme {
  runbooks  "https://runbooks.example.com"
  grafana   "https://grafana.example.com"
}

datasource prometheus prometheus "http://prometheus:9090" default every 15s
"""


def service(name, shape, objectives, first):
    head = 'service %s {\n  title  "Service %s"\n  tier   2\n\n' % (name, name.upper())
    if shape == "mixed":
        return head + MIXED.format(job=name) + "}\n"
    body = "\n".join(PLAIN.format(job=name, n=first + i) for i in range(objectives))
    return head + body + "}\n"


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def generate(top, slos, shape="mixed", metrics=0):
    """Writes a project of so many objectives below `top`."""
    each = {"mixed": 5, "single": 1}.get(shape, 10)
    names = ["svc-%05d" % i for i in range((slos + each - 1) // each)]
    texts = [service(n, shape, each, 0) for n in names]
    lines = "".join("  counter  other_%06d_total{job, instance, zone}\n" % i for i in range(metrics))
    write(top + "/specs/project.slo", PROJECT)
    write(top + "/specs/catalog.slo", CATALOG + lines + "}\n")
    if shape == "one":
        write(top + "/specs/all.slo", 'import "catalog.slo"\n\n' + "\n".join(texts))
        return
    for name, text in zip(names, texts):
        folder = name[:-2]
        write("%s/specs/%s/%s.slo" % (top, folder, name), 'import "../catalog.slo"\n\n' + text)


def sloth(top, slos):
    """The objectives of `plain` as Sloth's specs, one file per service, for the programs that read these."""
    for index in range((slos + 9) // 10):
        name = "svc-%05d" % index
        lines = ['version: "prometheus/v1"', "service: %s" % name, "labels: {tier: \"2\"}", "slos:"]
        for n in range(10):
            selector = 'http_requests_total{job="%s", kind="%d"' % (name, n)
            lines += [
                "  - name: requests-%d" % n,
                "    objective: 99.9",
                "    description: Requests of kind %d are answered without a server error." % n,
                "    sli:",
                "      events:",
                "        error_query: 'sum(rate(%s, code=~\"5..\"}[{{.window}}]))'" % selector,
                "        total_query: 'sum(rate(%s}[{{.window}}]))'" % selector,
                "    alerting:",
                "      name: Requests%dBurn" % n,
                "      page_alert: {labels: {severity: page}}",
                "      ticket_alert: {labels: {severity: ticket}}",
            ]
        write("%s/sloth/%s.yml" % (top, name), "\n".join(lines) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir")
    parser.add_argument("--slos", type=int, default=1000)
    parser.add_argument("--shape", choices=["mixed", "plain", "one", "single"], default="mixed")
    parser.add_argument("--metrics", type=int, default=0)
    given = parser.parse_args()
    generate(given.dir, given.slos, given.shape, given.metrics)
