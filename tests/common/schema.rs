//! A reader of JSON Schema, as far as ours and those of our targets go: every keyword it does not know fails the test.

use serde_json::{Map, Value};

/// What is wrong with a value by a schema, each with its place.
pub fn wrong(value: &Value, schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Reader { root: schema }.check(value, schema, "$", &mut found);
    found
}

struct Reader<'a> {
    root: &'a Value,
}

impl Reader<'_> {
    fn check(&self, value: &Value, schema: &Value, at: &str, found: &mut Vec<String>) {
        for (keyword, rule) in schema.as_object().unwrap_or(&Map::new()) {
            let fine = match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" | "required" | "additionalProperties" => true,
                "$ref" => {
                    let pointer = rule.as_str().unwrap().trim_start_matches('#');
                    self.check(value, self.root.pointer(pointer).unwrap_or_else(|| panic!("no {rule}")), at, found);
                    true
                }
                "type" => rule.as_array().map_or_else(|| is(value, rule), |types| types.iter().any(|t| is(value, t))),
                "const" => value == rule,
                "enum" => rule.as_array().unwrap().contains(value),
                "minLength" => value.as_str().is_none_or(|v| v.chars().count() as u64 >= rule.as_u64().unwrap()),
                "maxLength" => value.as_str().is_none_or(|v| v.chars().count() as u64 <= rule.as_u64().unwrap()),
                "minimum" => value.as_f64().is_none_or(|v| v >= rule.as_f64().unwrap()),
                "pattern" => {
                    let pattern = regex::Regex::new(rule.as_str().unwrap()).unwrap();
                    value.as_str().is_none_or(|v| pattern.is_match(v))
                }
                "anyOf" | "oneOf" => {
                    let fits = |s: &&Value| self.fits(value, s, at);
                    let count = rule.as_array().unwrap().iter().filter(fits).count();
                    if keyword == "oneOf" { count == 1 } else { count > 0 }
                }
                "not" => !self.fits(value, rule, at),
                "items" => {
                    let before = schema["prefixItems"].as_array().map_or(0, Vec::len);
                    let rest = value.as_array().into_iter().flatten().enumerate().skip(before);
                    rest.for_each(|(i, v)| self.check(v, rule, &format!("{at}[{i}]"), found));
                    *rule != Value::Bool(false) || value.as_array().is_none_or(|v| v.len() <= before)
                }
                "prefixItems" => {
                    let pairs = value.as_array().into_iter().flatten().zip(rule.as_array().unwrap());
                    pairs.enumerate().for_each(|(i, (v, s))| self.check(v, s, &format!("{at}[{i}]"), found));
                    true
                }
                "properties" => {
                    self.properties(value, schema, at, found);
                    true
                }
                other => panic!("the schema says `{other}`, which this reader does not know"),
            };
            if !fine {
                found.push(format!("{at}: {keyword} {rule} does not hold for {:.200}", value.to_string()));
            }
        }
        if schema.get("properties").is_none() {
            self.properties(value, schema, at, found);
        }
    }

    fn fits(&self, value: &Value, schema: &Value, at: &str) -> bool {
        let mut inner = Vec::new();
        self.check(value, schema, at, &mut inner);
        inner.is_empty()
    }

    fn properties(&self, value: &Value, schema: &Value, at: &str, found: &mut Vec<String>) {
        let Some(object) = value.as_object() else { return };
        let none = Map::new();
        let known = schema["properties"].as_object().unwrap_or(&none);
        for (key, inner) in object {
            let at = format!("{at}.{key}");
            match (known.get(key), schema.get("additionalProperties")) {
                (Some(own), _) => self.check(inner, own, &at, found),
                (None, Some(Value::Bool(false))) => found.push(format!("{at} is not known")),
                (None, Some(other)) => self.check(inner, other, &at, found),
                (None, None) => {}
            }
        }
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        found.extend(required.filter(|key| !object.contains_key(*key)).map(|key| format!("{at} lacks {key}")));
    }
}

fn is(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other} is no type"),
    }
}
