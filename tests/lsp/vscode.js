// Reads requests as JSON on standard input: `{"grammar": …, "texts": […]}` is coloured by the engine of VS Code itself, and
// `{"extension": …, "path": …}` starts the client with stand-ins for VS Code around it. Answers as JSON.
"use strict";

const fs = require("fs");
const path = require("path");
const Module = require("module");

const asked = JSON.parse(fs.readFileSync(0, "utf8"));

// Each line's tokens: where they begin, in UTF-16, and their scopes.
async function colour({ modules, grammar, texts }) {
  const load = Module.createRequire(path.join(modules, "here.js"));
  const oniguruma = load("vscode-oniguruma");
  const { INITIAL, Registry, parseRawGrammar } = load("vscode-textmate");
  await oniguruma.loadWASM(fs.readFileSync(load.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => parseRawGrammar(fs.readFileSync(grammar, "utf8"), grammar),
  });
  const read = await registry.loadGrammar("source.slo");
  return texts.map((text) => {
    let state = INITIAL;
    return text.split("\n").map((line) => {
      const { tokens, ruleStack } = read.tokenizeLine(line, state);
      state = ruleStack;
      return tokens.map(({ startIndex, scopes }) => [startIndex, scopes.join(" ")]);
    });
  });
}

// What the client did: the servers it started and stopped, the commands it registered.
async function start({ extension, program }) {
  const did = [];
  const commands = {};
  let configured;
  const settings = { get: (name) => ({ path: program })[name] };
  const vscode = {
    workspace: {
      getConfiguration: (section) => (did.push(`reads ${section}`), settings),
      onDidChangeConfiguration: (heard) => ((configured = heard), { dispose() {} }),
    },
    commands: { registerCommand: (name, run) => ((commands[name] = run), { dispose() {} }) },
  };
  class LanguageClient {
    constructor(id, name, server, options) {
      Object.assign(this, { id, server, options });
    }
    async start() {
      did.push(`starts ${this.server.command} ${this.server.args.join(" ")} for ${this.options.documentSelector[0].language}`);
    }
    async stop() {
      did.push("stops");
    }
  }
  const load = Module._load;
  const standIns = { vscode, "vscode-languageclient/node": { LanguageClient } };
  Module._load = (name, ...rest) => standIns[name] ?? load(name, ...rest);
  const client = require(extension);
  const subscriptions = [];
  await client.activate({ subscriptions });
  await commands["sloc.restart"]();
  await configured({ affectsConfiguration: (name) => name === "sloc.path" });
  await new Promise((done) => setImmediate(done));
  await client.deactivate();
  return { did, commands: Object.keys(commands), subscriptions: subscriptions.length };
}

(asked.grammar ? colour(asked) : start(asked)).then((answer) => process.stdout.write(JSON.stringify(answer)));
